# SPDX-License-Identifier: GPL-2.0
#
# The x86 selftests of the kernel tree that make sense for a 64-bit guest, each
# a static program inside ours. Left out, beside those for 32-bit programs:
# lam, test_shadow_stack (CPU features that UML does not offer) and srso (it
# measures a workaround of the host's kernel). A new one also goes into `expected`.

KST_SOURCE := $(B)/linux/tools/testing/selftests/x86
KST := amx check_initial_reg_state corrupt_xstate_header fsgsbase \
	fsgsbase_restore ioperm iopl ldt_gdt mov_ss_trap nx_stack \
	ptrace_syscall sigaltstack sigreturn sigtrap_loop single_step_syscall \
	syscall_arg_fault syscall_nt syscall_numbering sysret_rip \
	sysret_ss_attrs test_FCMOV test_FCOMI test_FISTTP test_mremap_vdso \
	test_vsyscall
KST_PROGRAMS := $(KST:%=$(OUT)/kselftests/%)
KST_TABLE := $(OUT)/obj/guest/kselftests/embedded.S

# What they need beside their C file.
kst_more_fsgsbase_restore := clang_helpers_64.S
kst_more_sysret_rip := clang_helpers_64.S
kst_more_sysret_ss_attrs := thunks.S
kst_flags_check_initial_reg_state := -Wl,-ereal_start
kst_flags_nx_stack := -Wl,-z,noexecstack

ifeq ($(wildcard $(KST_SOURCE)/helpers.h),)
$(warning no $(KST_SOURCE): the test kselftests is not built)
GUEST := $(filter-out kselftests,$(GUEST))
endif

# Not ours: no warnings of the compiler or the linker, no -MMD.
$(KST_PROGRAMS): $(OUT)/kselftests/%: $(KST_SOURCE)/%.c guest/kselftests/build.mk
	$(SAY) LD $(@F)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -m64 -O2 -std=gnu99 -pthread -w -static -s -no-pie \
		-Wl,--no-warnings -DCAN_BUILD_64 $(kst_flags_$*) -o $@ \
		$< $(addprefix $(KST_SOURCE)/,$(kst_more_$*)) -lm

$(KST_TABLE): lib/embed guest/kselftests/build.mk
	$(Q)mkdir -p $(@D)
	$(Q)lib/embed expected=$(CURDIR)/guest/kselftests/expected \
		$(foreach k,$(KST),$(k)=$(abspath $(OUT)/kselftests/$(k))) >$@

$(KST_TABLE).o: $(KST_TABLE) $(KST_PROGRAMS) guest/kselftests/expected
	$(Q)$(CC) -c -o $@ $<

$(OUT)/guest/kselftests: $(KST_TABLE).o $(OUT)/obj/lib/job.c.o \
	$(OUT)/obj/lib/proctree.c.o
$(OUT)/obj/guest/kselftests/run.c.o: TEST_CFLAGS += -I lib
