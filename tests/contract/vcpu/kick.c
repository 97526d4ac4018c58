// SPDX-License-Identifier: GPL-2.0
/*
 * kick.c - signals at all moments: they end user code, nothing of it is lost or
 * done twice, and none of them is overlooked. One that was hangs: nothing else
 * ends the loop that user code is in, so the case is killed by its alarm.
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#include "guest.h"

#define KICK_SECONDS	5	/* a case stops after that */

extern const char at_loop[], at_loop_jump[], at_calls[], at_call[], at_load[];

static struct guest g;
static timer_t timer;
static unsigned long exit_time;
static volatile sig_atomic_t wanted;	/* the handler has something to do for us */
static unsigned int seed = 7;

static unsigned int random_below(unsigned int n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

static void signal_note(int sig)
{
	(void)sig;
	wanted = 1;
	vcpu_kick(&g.vcpu);
}

/* One signal after @ns; none: 0 */
static void timer_arm(unsigned long ns)
{
	struct itimerspec t = {
		.it_value = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 },
	};

	CHECK_SYS(timer_settime(timer, 0, &t, NULL));
}

static unsigned long now_ns(void)
{
	struct timespec t;

	CHECK_SYS(clock_gettime(CLOCK_MONOTONIC, &t));
	return t.tv_sec * 1000000000UL + t.tv_nsec;
}

/* Nanoseconds that an exit takes: what is interesting lies within it. */
static void exit_time_measure(void)
{
	unsigned long start, ns;
	unsigned int i;

	exit_time = ~0UL;
	for (i = 0; i < 20; i++) {
		start = now_ns();
		user_call(&g.vcpu, CODE(call));
		ns = now_ns() - start;
		if (ns < exit_time)
			exit_time = ns;
	}
	exit_time++;
}

static void kick_make(void)
{
	struct sigaction action = { .sa_handler = signal_note };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };

	guest_start(&g);
	CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
	CHECK_SYS(timer_create(CLOCK_MONOTONIC, &event, &timer));
	exit_time_measure();
}

/* A machine with much else to do makes all this slow: that isn't a hang. */
static int time_left(void)
{
	static unsigned long start;

	if (!start)
		start = now_ns();
	return now_ns() - start < KICK_SECONDS * slow * 1000000000UL;
}

/* A kick is remembered until KVM_RUN, once. */
void case_kick_before(void)
{
	struct save_area *save;
	unsigned int i;

	guest_start(&g);
	save = g.vcpu.save;
	for (i = 0; i < 20; i++) {
		user_set(&g.vcpu, CODE(loop));
		vcpu_kick(&g.vcpu);
		user_run(&g.vcpu);
		CHECK(save->vector == ENTRY_VECTOR_KICK && REG(save, CS) == ENTRY_USER_CS,
		      "%s", event_name(save));
		user_call(&g.vcpu, CODE(call));
		vcpu_kick(&g.vcpu);
		vcpu_kick_clear(&g.vcpu);
		user_call(&g.vcpu, CODE(call));
	}
}

/* Run user code that never ends, if there is nothing to do: the order matters. */
static void loop_until_wanted(void)
{
	struct save_area *save = g.vcpu.save;
	uint64_t before;

	for (;;) {
		vcpu_kick_clear(&g.vcpu);
		if (wanted)
			break;
		before = REG(save, RAX);
		user_run(&g.vcpu);
		CHECK(save->vector == ENTRY_VECTOR_KICK, "%s", event_name(save));
		CHECK(REG(save, RIP) == CODE(loop) || REG(save, RIP) == CODE(loop_jump), "%s",
		      event_name(save));
		CHECK(REG(save, RAX) >= before, "%#lx after %#lx", REG(save, RAX), before);
		registers_check(save, 9, 0, EXCEPT(RAX), "interrupted");
	}
	wanted = 0;
}

static void loop_set(void)
{
	registers_fill(g.vcpu.save, 9);
	REG(g.vcpu.save, RAX) = 0;
	user_set(&g.vcpu, CODE(loop));
}

void case_kick_loop(void)
{
	unsigned int i;

	kick_make();
	loop_set();
	for (i = 0; i < rounds(3000, 100) && time_left(); i++) {
		timer_arm(1 + random_below(5 * exit_time));
		loop_until_wanted();
	}
	CHECK(g.vcpu.counts[EXIT_interrupt] > 0 && REG(g.vcpu.save, RAX) > 0);
}

/* Every system call comes once and in its order, whatever ends KVM_RUN. */
void case_kick_calls(void)
{
	unsigned int i, kicks = 0, calls = 0;
	struct save_area *save;

	kick_make();
	save = g.vcpu.save;
	user_set(&g.vcpu, CODE(calls));
	REG(save, RBX) = 0;
	for (i = 0; i < rounds(20000, 1000) && time_left(); i++) {
		if (i % 2 == 0)
			timer_arm(1 + random_below(5 * exit_time));
		vcpu_kick_clear(&g.vcpu);
		if (wanted) {
			wanted = 0;
			continue;
		}
		user_run(&g.vcpu);
		if (save->vector == ENTRY_VECTOR_KICK) {
			kicks++;
			save->leave = LEAVE_IRET;
			continue;
		}
		CHECK(save->vector == ENTRY_SYSCALL, "%s", event_name(save));
		CHECK(REG(save, RBX) == ++calls, "call %u has number %lu", calls, REG(save, RBX));
		save->leave = LEAVE_SYSRET;
	}
	timer_arm(0);
	CHECK(calls > 0 && kicks > 0, "%u calls, %u kicks", calls, kicks);
}

/* Let guest-entry store the entry of USER_FREE very often, and load CR3. */
static void work_set(void)
{
	uint64_t *list = (uint64_t *)(g.vcpu.region + ENTRY_LIST);
	uint64_t entry = entry_gpa(&g, g.root, USER_FREE, 1);
	unsigned int i;

	for (i = 0; i < SAVE_ENTRIES; i++)
		list[i] = i % 2 ? entry : entry_gpa(&g, g.root, USER_FREE, 2);
	g.vcpu.save->entries = SAVE_ENTRIES;
	g.vcpu.save->work = WORK_ENTRIES | WORK_CR3;
}

void case_kick_work(void)
{
	uint64_t page[2], *entry;
	struct save_area *save;
	unsigned int i;

	kick_make();
	save = g.vcpu.save;
	for (i = 0; i < 2; i++) {
		page[i] = page_take(&g);
		*(uint64_t *)page_at(&g, page[i]) = i;
	}
	entry = entry_at(&g, g.root, USER_FREE, 1);
	for (i = 0; i < rounds(400, 40) && time_left(); i++) {
		*entry = page[i % 2] | PTE_DATA;
		user_set(&g.vcpu, i % 3 ? CODE(load) : 0);
		REG(save, RDI) = USER_FREE;
		save->leave = i % 3 ? LEAVE_IRET : LEAVE_DONE;
		work_set();
		vcpu_kick_clear(&g.vcpu);
		timer_arm(1 + random_below(8 * exit_time));
		user_run(&g.vcpu);
		if (i % 3 == 0)
			CHECK(save->vector == ENTRY_DONE, "%s", event_name(save));
		else if (save->vector == ENTRY_VECTOR_KICK)
			CHECK(REG(save, CS) == ENTRY_USER_CS, "%s", event_name(save));
		else
			CHECK(save->vector == ENTRY_SYSCALL, "%s", event_name(save));
		/* in any case the work has been done */
		loop_set();
		loop_until_wanted();
		REG(save, RDI) = USER_FREE;
		user_call(&g.vcpu, CODE(load));
		CHECK(REG(save, RAX) == i % 2, "round %u: page %lu", i, REG(save, RAX));
	}
}

/* A timer's signal at moments that move over the way into KVM_RUN. */
void case_kick_window(void)
{
	unsigned int i, n = rounds(20000, 500);

	kick_make();
	loop_set();
	for (i = 0; i < n && time_left(); i++) {
		timer_arm(1 + 2 * exit_time * (i % 1000) / 1000);
		loop_until_wanted();
	}
	printf("%lu of %u signals ended KVM_RUN\n", g.vcpu.counts[EXIT_signal], n);
}

static sem_t armed;
static volatile unsigned int delay;
static pthread_t owner;

static void *kicker(void *unused)
{
	volatile unsigned int i;

	for (;;) {
		while (sem_wait(&armed) < 0)
			;
		for (i = 0; i < delay; i++)
			;
		if (pthread_kill(owner, SIGUSR1) != 0)
			return unused;
	}
}

/* The same from another thread, where there is another CPU: at the same time. */
void case_kick_thread(void)
{
	unsigned int i, n = rounds(10000, 300);
	pthread_t thread;

	kick_make();
	loop_set();
	owner = pthread_self();
	CHECK(sem_init(&armed, 0, 0) == 0);
	CHECK(pthread_create(&thread, NULL, kicker, NULL) == 0);
	for (i = 0; i < n && time_left(); i++) {
		delay = (i * 37) % 2000;
		CHECK_SYS(sem_post(&armed));
		loop_until_wanted();
	}
	printf("%lu of %u signals ended KVM_RUN\n", g.vcpu.counts[EXIT_signal], n);
}
