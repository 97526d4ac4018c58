// SPDX-License-Identifier: GPL-2.0
/*
 * vcpu_run.c - the loop around KVM_RUN: from the save area into the guest and
 * back at guest-entry's `out`. The only vcpu ioctl of the normal way is
 * KVM_RUN; KVM_INTERRUPT comes after a signal.
 *
 * A signal can end KVM_RUN anywhere: in user code, in guest-entry, with an
 * exception of user code half delivered. In all cases the vcpu is brought to
 * guest-entry's `out`: an interrupt is injected as soon as KVM says that the
 * guest takes one, unless another event was faster. The same is done when the
 * host can't back a page that the guest touches. KVM api.rst, KVM_RUN,
 * KVM_INTERRUPT, request_interrupt_window.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/kvm.h>
#include <uml/vcpu.h>

#define PF_FETCH_OF_ENTRY	0x15	/* present, user, fetch */

/* How often an access to a page without memory is tried before the vcpu is given up */
#define BAD_MEMORY_TRIES	100

enum next { RUN_AGAIN = 1, EVENT = 0 };	/* or -errno */

/* Make the guest take an interrupt, now or as soon as it can. */
static int interrupt_inject(struct vcpu *vcpu)
{
	struct kvm_interrupt irq = { .irq = ENTRY_VECTOR_KICK };
	struct kvm_run *run = vcpu->run;

	if (vcpu->kicked)
		return RUN_AGAIN;
	if (!run->ready_for_interrupt_injection) {
		run->request_interrupt_window = 1;
		return RUN_AGAIN;
	}
	run->request_interrupt_window = 0;
	vcpu->counts[EXIT_host_calls]++;
	if (ioctl(vcpu->fd, KVM_INTERRUPT, &irq) < 0) {
		int err = -errno;

		vcpu_report(vcpu, "KVM_INTERRUPT failed");
		return err;
	}
	vcpu->kicked = 1;
	return RUN_AGAIN;
}

static int exit_io(struct vcpu *vcpu)
{
	if (vcpu->run->io.port == ENTRY_ABORT_PORT) {
		vcpu_abort_report(vcpu);
		return -EIO;
	}
	if (vcpu->run->io.port != ENTRY_PORT) {
		vcpu_report(vcpu, "a port that guest-entry does not use");
		return -EIO;
	}
	return EVENT;
}

static int exit_window(struct vcpu *vcpu)
{
	vcpu->counts[EXIT_window]++;
	return interrupt_inject(vcpu);
}

/* Some hosts report a signal so as well. */
static int exit_intr(struct vcpu *vcpu)
{
	return interrupt_inject(vcpu);
}

static int exit_mmio(struct vcpu *vcpu)
{
	vcpu_report(vcpu, "a page table points to no memory");
	return -EIO;
}

static int exit_unknown(struct vcpu *vcpu)
{
	vcpu_report(vcpu, "an exit nobody asked for");
	return -EIO;
}

static int (*const exit_table[])(struct vcpu *vcpu) = {
	[KVM_EXIT_IO] = exit_io,
	[KVM_EXIT_IRQ_WINDOW_OPEN] = exit_window,
	[KVM_EXIT_INTR] = exit_intr,
	[KVM_EXIT_MMIO] = exit_mmio,
};

static int exit_dispatch(struct vcpu *vcpu)
{
	unsigned int reason = vcpu->run->exit_reason;

	if (reason < sizeof(exit_table) / sizeof(exit_table[0]) && exit_table[reason])
		return exit_table[reason](vcpu);
	return exit_unknown(vcpu);
}

static int run_failed(struct vcpu *vcpu, int err, unsigned int *bad_memory)
{
	switch (err) {
	case EINTR:
	case EAGAIN:
		vcpu->counts[EXIT_signal]++;
		vcpu->run->immediate_exit = 0;
		return interrupt_inject(vcpu);
	case EFAULT:
		/* the vcpu stands before that instruction: an interrupt gets it away */
		if ((*bad_memory)++ == BAD_MEMORY_TRIES)
			break;
		return interrupt_inject(vcpu);
	}
	vcpu_report(vcpu, err == EFAULT ? "the host can't back a page, and no interrupt is taken" :
		    "KVM_RUN failed");
	return err == EFAULT ? -EIO : -err;
}

int vcpu_entry_fetched(const struct vcpu *vcpu)
{
	const struct save_area *save = vcpu->save;

	return save->vector == VECTOR_PF &&
		save->gp[15] == PF_FETCH_OF_ENTRY && save->gp[16] == save->cr2 &&
		save->cr2 == vcpu->region_gva + guest_entry_offset_syscall;
}

int vcpu_syscall_faulted(const struct vcpu *vcpu)
{
	return vcpu->features.syscall_faults && vcpu_entry_fetched(vcpu);
}

/* The event that guest-entry reports, for the statistics. */
static void event_count(struct vcpu *vcpu)
{
	switch (vcpu->save->vector) {
	case ENTRY_SYSCALL:
		vcpu->counts[EXIT_syscall]++;
		break;
	case VECTOR_PF:
		vcpu->counts[vcpu_syscall_faulted(vcpu) ? EXIT_syscall : EXIT_page_fault]++;
		break;
	case ENTRY_VECTOR_KICK:
		vcpu->counts[EXIT_interrupt]++;
		break;
	case ENTRY_DONE:
		vcpu->counts[EXIT_done]++;
		break;
	default:
		vcpu->counts[EXIT_exception]++;
	}
}

int vcpu_run(struct vcpu *vcpu)
{
	unsigned int bad_memory = 0;
	int ret;

	do {
		vcpu->counts[EXIT_kvm_run]++;
		if (ioctl(vcpu->fd, KVM_RUN, 0) < 0)
			ret = run_failed(vcpu, errno, &bad_memory);
		else
			ret = exit_dispatch(vcpu);
	} while (ret == RUN_AGAIN);
	if (ret < 0)
		return ret;
	if (vcpu->save->vector == ENTRY_VECTOR_KICK)
		vcpu->kicked = 0;
	else if (!vcpu->kicked)
		vcpu->run->request_interrupt_window = 0;
	if (bad_memory && vcpu->save->vector == ENTRY_VECTOR_KICK) {
		vcpu->counts[EXIT_bad_memory]++;
		return -EFAULT;
	}
	/* another event: the page was there when the access was tried again */
	event_count(vcpu);
	return 0;
}

void vcpu_kick(struct vcpu *vcpu)
{
	vcpu->run->immediate_exit = 1;
}

void vcpu_kick_clear(struct vcpu *vcpu)
{
	vcpu->run->immediate_exit = 0;
}
