# SPDX-License-Identifier: GPL-2.0
#
# The program under AddressSanitizer can't be static: it becomes part of ours
# with its loader and libraries, and finds those in the directory it is run in.

ASAN := $(OUT)/asan/victim
ASAN_TABLE := $(OUT)/obj/guest/asan/embedded.S
asan_libc = $(abspath $(shell $(CC) -print-file-name=$(1)))

# its errors are meant
$(ASAN): guest/asan/programs/victim.c guest/asan/build.mk
	$(SAY) LD $(@F)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -O1 -g -Wall -Wextra -Werror \
		-Wno-use-after-free -pthread \
		-fsanitize=address -static-libasan -Wl,--dynamic-linker=ld.so \
		-Wl,-rpath,'$$ORIGIN' -o $@ $<

$(ASAN_TABLE): lib/embed guest/asan/build.mk
	$(Q)mkdir -p $(@D)
	$(Q)lib/embed victim=$(abspath $(ASAN)) \
		ld.so=$(call asan_libc,ld-linux-x86-64.so.2) \
		$(foreach l,libc.so.6 libm.so.6 libgcc_s.so.1,\
		$(l)=$(call asan_libc,$(l))) >$@

$(ASAN_TABLE).o: $(ASAN_TABLE) $(ASAN)
	$(Q)$(CC) -c -o $@ $<

$(OUT)/guest/asan: $(ASAN_TABLE).o
