// SPDX-License-Identifier: GPL-2.0
/*
 * user_loop.c - what a task does in user mode: run, handle what came, repeat.
 */
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/time-internal.h>
#include <linux/timer.h>
#include <as-layout.h>
#include <kern_util.h>
#include <os.h>
#include <skas.h>
#include <sysdep/ptrace.h>
#include <uml/aio_irq.h>
#include <uml/backend.h>
#include <uml/user_gate.h>
#include <uml/user_space.h>
#include <uml/user_trap.h>

/* The host failed this task, not the task itself: say so and end it. */
static void host_failure(int err)
{
	if (err == -EIO)
		panic("backend %s can't go on", backend->name);
	if (err == -ENOMEM)
		pr_err("%s[%d]: killed: the host refused a mapping. Each scattered page of a process is a host mapping under backend=skas; raise the host's vm.max_map_count, or its memory limit\n",
		       current->comm, task_pid_nr(current));
	else if (err == -EACCES || err == -EPERM)
		pr_err("%s[%d]: killed: the host refused a mapping, error %d: it permits none that is writable and executable (PR_SET_MDWE, systemd's MemoryDenyWriteExecute)\n",
		       current->comm, task_pid_nr(current), err);
	else if (err == -EFAULT)
		pr_err("%s[%d]: killed: the host could not back a page of its memory\n",
		       current->comm, task_pid_nr(current));
	else
		pr_err("%s[%d]: killed: backend %s can't run it, error %d\n",
		       current->comm, task_pid_nr(current), backend->name, err);
	force_fatal_sig(err == -EFAULT ? SIGBUS : SIGKILL);
}

/**
 * userspace() - run the current task in user mode
 * @regs:	its registers
 *
 * Never returns: the task leaves by exit, from within a system call or signal.
 */
void userspace(struct uml_pt_regs *regs)
{
	int what;

	/* a signal or reschedule may be waiting from before the first entry */
	interrupt_end();
	for (;;) {
		while (unlikely(READ_ONCE(user_gate_closed))) {
			user_gate_wait();
			interrupt_end();
		}
		time_travel_print_bc_msg();
		current_mm_sync();
		UPT_SYSCALL_NR(regs) = -1;
		what = backend->run(regs, singlestepping());
		user_space_left();
		regs->is_user = 1;
		aio_poll(regs);
		switch (what) {
		case USER_EXIT_SYSCALL:
			handle_syscall(regs);
			break;
		case USER_EXIT_TRAP:
			user_trap(regs);
			break;
		case USER_EXIT_BAD_STATE:
			user_bad_state(regs);
			break;
		case USER_EXIT_INTERRUPT:
			break;
		default:
			host_failure(what);
		}
		interrupt_end();
		/* so that the host restarts no system call of its own accord */
		regs->gp[HOST_ORIG_AX] = -1;
	}
}
