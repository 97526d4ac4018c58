/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ring.h - processes that take turns. One token goes round among them, by one
 * pipe for each slot, so that only one runs at a time (the order is the same
 * in every run) and each hand-over is a switch between address spaces.
 */
#ifndef TESTS_RING_H
#define TESTS_RING_H

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"

#define RING_SLOTS 8

struct ring {
	int pipe[RING_SLOTS][2];
	int slots;
	pid_t first;			 /* the process that only waits */
	volatile int alive[RING_SLOTS];	 /* is a process in this slot? */
};

/* The ring must lie in memory that the processes will share. */
static inline void ring_create(struct ring *ring, int slots)
{
	ring->slots = slots;
	ring->first = getpid();
	for (int i = 0; i < slots; i++)
		CHECK_SYS(pipe2(ring->pipe[i], O_CLOEXEC));
}

static inline void ring_send(struct ring *ring, int slot)
{
	CHECK(write(ring->pipe[slot][1], "t", 1) == 1, "%s", strerror(errno));
}

/* Wait for this slot's turn. */
static inline void ring_wait(struct ring *ring, int slot)
{
	char token;

	CHECK(read(ring->pipe[slot][0], &token, 1) == 1, "%s", strerror(errno));
}

/* To the next process, or to this one when it is the only one */
static inline void ring_pass(struct ring *ring, int slot)
{
	for (int i = 1; i <= ring->slots; i++) {
		int next = (slot + i) % ring->slots;

		if (ring->alive[next]) {
			ring_send(ring, next);
			return;
		}
	}
}

/* This slot's process is about to end. */
static inline void ring_leave(struct ring *ring, int slot)
{
	ring->alive[slot] = 0;
	ring_pass(ring, slot);
}

/* A slot for a new process, or -1 */
static inline int ring_free_slot(struct ring *ring)
{
	for (int i = 0; i < ring->slots; i++)
		if (!ring->alive[i])
			return i;
	return -1;
}

/*
 * One more process in this slot; true in the new one, which waits for its turn
 * next. All are children of the first process (CLONE_PARENT), which does
 * nothing but ring_watch(), and so sees at once when one of them has failed.
 */
static inline int ring_fork(struct ring *ring, int slot)
{
	int flags = getpid() == ring->first ? SIGCHLD : SIGCHLD | CLONE_PARENT;

	ring->alive[slot] = 1;
	if (CHECK_SYS(syscall(SYS_clone, flags, 0, 0, 0, 0)))
		return 0;
	CHECK_SYS(prctl(PR_SET_PDEATHSIG, SIGKILL));
	if (getppid() != ring->first)
		_exit(TEST_FAILED);
	return 1;
}

/* Start the ring and wait until all processes have passed; how many were they? */
static inline int ring_watch(struct ring *ring)
{
	int processes, status;

	ring_send(ring, 0);
	for (processes = 0;; processes++) {
		pid_t pid = waitpid(-1, &status, 0);

		if (pid == -1 && errno == ECHILD)
			return processes;
		CHECK(pid > 0, "waitpid: %s", strerror(errno));
		CHECK(status == 0, "process %d ended with wait status 0x%x", pid,
		      status);
	}
}

#endif
