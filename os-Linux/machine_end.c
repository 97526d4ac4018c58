// SPDX-License-Identifier: GPL-2.0
/*
 * machine_end.c - see machine_end.h.
 *
 * The processes that the machine made ask the host to be killed when it dies
 * (os_set_pdeathsig()), so to end is to clean up and exit.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <os.h>
#include <uml/cleaner.h>
#include <uml/host_limits.h>
#include <uml/host_message.h>
#include <uml/machine_end.h>
#include <uml/start.h>
#include <uml/terminal.h>

#define SELF "/proc/self/exe"

static pid_t machine_pid;
static bool hangup_ignored;
static volatile sig_atomic_t pressed, hung_up;
static volatile int button = -1;	/* write here: the power button */

/*
 * The machine's memory begins where the heap may begin, which the host makes
 * random: up to 1 GiB of addresses would be no memory, but counted and
 * described by 16 MiB of page structures. Where this is not allowed, so be it.
 */
static void layout_fix(char **argv)
{
	const char *name = strrchr(argv[0], '/');
	int flags = personality(0xffffffff);

	if (!strcmp((const char *)getauxval(AT_EXECFN), SELF)) {
		prctl(PR_SET_NAME, name ? name + 1 : argv[0]);
		return;
	}
	if (flags < 0 || (flags & ADDR_NO_RANDOMIZE) ||
	    personality(flags | ADDR_NO_RANDOMIZE) < 0)
		return;
	execv(SELF, argv);
	personality(flags);
}

/* Asked for too late, the death signal does not come: it died already. */
static void parent_check(void)
{
	if (getppid() != machine_pid)
		_exit(1);
}

void child_start(void)
{
	static const int signals[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU,
		SIGUSR1, SIGUSR2
	};
	unsigned int i;
	sigset_t set;

	sigemptyset(&set);
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	parent_check();
}

void helper_start(void)
{
	int flags = personality(0xffffffff);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	parent_check();
	if (flags >= 0)
		personality(flags & ~ADDR_NO_RANDOMIZE);
}

void process_start(char **argv)
{
	struct sigaction old;
	int fd;

	host_stack_check();
	terminal_helper(argv);
	layout_fix(argv);
	machine_pid = getpid();

	/* Or the next file that is opened becomes the console. */
	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= 2);
	if (fd >= 0)
		close(fd);

	hangup_ignored = !sigaction(SIGHUP, NULL, &old) &&
			 old.sa_handler == SIG_IGN;
	/* a file size limit is an error of the write, not the end */
	signal(SIGXFSZ, SIG_IGN);
}

void end_now(int status)
{
	terminal_restore_all();
	cleaner_finish();
	_exit(status);
}

void end_panic(void)
{
	struct rlimit core;
	sigset_t mask;

	fflush(NULL);
	if (getrlimit(RLIMIT_CORE, &core) || core.rlim_cur == 0)
		end_now(END_STATUS_PANIC);

	terminal_restore_all();
	cleaner_finish();
	signal(SIGABRT, SIG_DFL);
	sigemptyset(&mask);
	sigaddset(&mask, SIGABRT);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	/* not abort(): it signals the thread, and there are kernel threads */
	kill(getpid(), SIGABRT);
	_exit(END_STATUS_PANIC);
}

static void button_press(int sig)
{
	static const char message[] = "\r\nlinux: ended by a signal\r\n";
	int saved = errno;
	ssize_t n;

	/* a terminal that closes may say so more than once */
	if (button >= 0 && (sig == SIGHUP || !pressed)) {
		n = write(button, "", 1);
		if (n == 1 || errno == EAGAIN) {
			if (sig == SIGHUP)
				hung_up = 1;
			else
				pressed = 1;
			errno = saved;
			return;
		}
	}
	pressed = 1;
	host_message(2, message, sizeof(message) - 1);
	end_now(END_STATUS_SIGNAL + sig);
}

static void signal_take(int sig)
{
	struct sigaction action = {
		.sa_handler = button_press,
		.sa_flags = SA_ONSTACK | SA_RESTART,
	};

	sigfillset(&action.sa_mask);
	if (sigaction(sig, &action, NULL) < 0)
		start_fail("sigaction(%s): %s", strsignal(sig), strerror(errno));
}

void end_signals_start(void)
{
	signal_take(SIGTERM);
	signal_take(SIGINT);
}

int end_button_open(void)
{
	int fds[2], err;

	err = os_pipe(fds, 1, 1);
	if (err < 0)
		return err;
	err = os_set_fd_block(fds[0], 0);
	if (err >= 0)
		err = os_set_fd_block(fds[1], 0);
	if (err < 0) {
		close(fds[0]);
		close(fds[1]);
		return err;
	}
	button = fds[1];
	/* stock ignores it as soon as the kernel starts */
	if (!hangup_ignored)
		signal_take(SIGHUP);
	return fds[0];
}

void end_button_read(int fd)
{
	char buf[16];
	ssize_t n;

	do {
		n = read(fd, buf, sizeof(buf));
	} while (n > 0 || (n < 0 && errno == EINTR));
}

int end_button_pressed(void)
{
	return pressed || hung_up;
}
