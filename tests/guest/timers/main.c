// SPDX-License-Identifier: GPL-2.0
/*
 * timers checks that time goes on: clocks never go back, sleeps and timeouts
 * never end early (and not seconds late), interval timers fire into busy loops,
 * no tick is lost, and a busy process does not stop the others.
 */
#define _GNU_SOURCE
#include "child.h"
#include "timers.h"

int main(int argc, char **argv)
{
	long rounds = check_rounds(argc, argv, 1);

	/* All in children: here the alarm is the guard against hangs. */
	test_begin(60 + rounds * 10);
	for (long i = 0; i < rounds; i++) {
		child_run("clocks", clock_check, NULL);
		child_run("sleeps", sleep_check, NULL);
		child_run("timeouts", poll_check, NULL);
		child_run("interval timers", itimer_check, NULL);
		child_run("overruns", overrun_check, NULL);
		child_run("busy processes", spin_check, NULL);
	}
	return 0;
}
