/* SPDX-License-Identifier: GPL-2.0 */
/*
 * user_time.h - how long user code ran: a backend measures each stretch of it by
 * the time stamp counter, the kernel takes the sum when it charges CPU time
 * (arch/um/kernel/cpu_time.c).
 *
 * What it costs to enter and to leave user mode is the kernel's time, as it is
 * natively: the shortest stretch up to a system call is taken for it.
 *
 * Host and kernel objects share this header.
 */
#ifndef UML_USER_TIME_H
#define UML_USER_TIME_H

#ifdef __UM_HOST__
#include <stdint.h>
#else
#include <linux/types.h>
#endif

/**
 * struct user_time - in ticks of the time stamp counter
 * @sum:	length of all stretches since the kernel last looked
 * @count:	how many there were
 * @since:	the present one began, or what of it is not in @sum
 * @least:	the shortest that a system call has ended, 0: none yet
 * @paused:	the present one was interrupted for the kernel
 */
struct user_time {
	uint64_t sum;
	uint64_t count;
	uint64_t since;
	uint64_t least;
	int paused;
};

extern struct user_time user_time;

/* No fence: it is no matter on which side of it a few instructions are */
static inline uint64_t user_time_now(void)
{
	uint32_t low, high;

	asm volatile("rdtsc" : "=a" (low), "=d" (high));
	return (uint64_t)high << 32 | low;
}

/* Around each stretch of user code; was it ended by a system call? */
static inline void user_time_begin(void)
{
	user_time.paused = 0;
	user_time.since = user_time_now();
}

static inline void user_time_end(int by_syscall)
{
	uint64_t ran = user_time_now() - user_time.since;

	user_time.sum += ran;
	user_time.count++;
	if (by_syscall && !user_time.paused && ran - 1 < user_time.least - 1)
		user_time.least = ran;
}

/* Within a stretch, around what the handler of a signal does for the kernel */
static inline void user_time_pause(void)
{
	user_time.sum += user_time_now() - user_time.since;
	user_time.paused = 1;
}

static inline void user_time_resume(void)
{
	user_time.since = user_time_now();
}

/**
 * host_cpu_time() - CPU time that the host has given to us, in ns
 * @pid:	to this process of the host; 0: to our thread
 *
 * 0 if there is no such process. Costs a call of the host.
 */
extern uint64_t host_cpu_time(int pid);

#endif
