/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tasks.c - several processes and several threads of one process, each with
 * patterns of its own: first in a ring of pipes, where each switch is certain,
 * then spinning, where the timer switches them anywhere; and two that keep
 * theirs over thousands of switches from one to the other.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>

#include "child.h"
#include "fpstate.h"
#include "xstate.h"

#define TASKS	4
#define LAPS	20
#define SWITCHES 4000	/* on the native host, by a pair of tasks */

struct task {
	int nr;
	int in, out;		/* pipe ends */
	int laps;
	volatile int *stop;	/* spin until this is set */
};

/* Hand the token on and wait for its return: TASKS switches at least. */
static void event_ring(void *arg) NO_VECTORS;
static void event_ring(void *arg)
{
	struct task *task = arg;
	char token = 'T';

	if (RAW3(SYS_write, task->out, &token, 1) != 1 ||
	    RAW3(SYS_read, task->in, &token, 1) != 1)
		RAW1(SYS_exit_group, TEST_FAILED);
}

static void event_spin(void *arg) NO_VECTORS;
static void event_spin(void *arg)
{
	struct task *task = arg;

	while (!*task->stop)
		;
}

/* The same, task->laps times and with nothing between. */
static void event_laps(void *arg) NO_VECTORS;
static void event_laps(void *arg)
{
	struct task *task = arg;
	int lap;

	for (lap = 0; lap < task->laps; lap++)
		event_ring(task);
}

static void ring_run(void *arg)
{
	struct task *task = arg;
	char token;
	int lap;

	/* Only task 0 begins with a token to send. */
	if (task->nr)
		CHECK_SYS(read(task->in, &token, 1));
	for (lap = 0; lap < task->laps; lap++) {
		/* The last lap's read would wait for ever but for task 0. */
		if (lap == task->laps - 1 && task->nr) {
			CHECK_SYS(write(task->out, "T", 1));
			break;
		}
		xstate_keep("ring", 100 * task->nr + lap, event_ring, task);
	}
}

static void spin_run(void *arg)
{
	struct task *task = arg;

	xstate_keep("spinning", 500 + task->nr, event_spin, task);
}

static void *thread_ring(void *arg)
{
	ring_run(arg);
	return NULL;
}

static void *thread_spin(void *arg)
{
	spin_run(arg);
	return NULL;
}

static void pair_run(void *arg)
{
	struct task *task = arg;

	xstate_keep("many switches", 900 + task->nr, event_laps, task);
}

static void *thread_pair(void *arg)
{
	pair_run(arg);
	return NULL;
}

static void threads_run(void *(*fn)(void *), struct task *tasks, int count)
{
	pthread_t threads[TASKS];
	int i, err;

	for (i = 0; i < count; i++) {
		err = pthread_create(&threads[i], NULL, fn, &tasks[i]);
		CHECK(!err, "pthread_create: %s", strerror(err));
	}
	for (i = 0; i < count; i++) {
		err = pthread_join(threads[i], NULL);
		CHECK(!err, "pthread_join: %s", strerror(err));
	}
}

static void spin_threads(void *arg)
{
	threads_run(thread_spin, arg, TASKS);
}

static void tasks_set_up(struct task *tasks, int count, int laps)
{
	volatile int *stop = shared_alloc(4096);
	int i, fds[2];

	for (i = 0; i < count; i++) {
		CHECK_SYS(pipe2(fds, O_CLOEXEC));
		tasks[i].nr = i;
		tasks[i].laps = laps;
		tasks[i].stop = stop;
		tasks[i].out = fds[1];
		tasks[(i + 1) % count].in = fds[0];
	}
}

void test_ring(void)
{
	struct task tasks[TASKS];
	int i;

	tasks_set_up(tasks, TASKS, LAPS);
	for (i = 0; i < TASKS; i++)
		child_start(ring_run, &tasks[i]);
	children_check(TASKS, "ring of processes");
	threads_run(thread_ring, tasks, TASKS);
}

/* Two processes, and TASKS threads in a third one, all runnable at once. */
void test_spin(void)
{
	struct timespec pause = { 0, 60000000 };
	struct task tasks[TASKS];
	int i;

	tasks_set_up(tasks, TASKS, LAPS);
	child_start(spin_threads, tasks);
	for (i = 1; i < 3; i++)
		child_start(spin_run, &tasks[i]);
	CHECK_SYS(nanosleep(&pause, NULL));
	*tasks[0].stop = 1;
	children_check(3, "spinning tasks");
}

/* Both send first and then receive: a lap is a switch to the other and back. */
void test_pair(void)
{
	const char *slow = getenv("SLOW");
	double factor = slow && atof(slow) > 1 ? atof(slow) : 1;
	struct task tasks[2];
	int i;

	tasks_set_up(tasks, 2, SWITCHES / 2 / factor);
	for (i = 0; i < 2; i++)
		child_start(pair_run, &tasks[i]);
	children_check(2, "pair of processes");
	threads_run(thread_pair, tasks, 2);
}
