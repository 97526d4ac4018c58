// SPDX-License-Identifier: GPL-2.0
/*
 * machine.c - process 1 of a machine that will be killed. Its orders are in the
 * environment, from the command line of ./linux:
 *
 *   CRASH=KIND,SEED,ROUND	KIND: disk or ext4
 *   CRASH_TXNS=N		stop after so many per task (else never)
 *   CRASH_TASK=N		only this task
 *   CRASH_PAUSE=MS		wait up to that long after each transaction
 *   CRASH_LOOK=1		no work at all: only the map
 *   CRASH_DIR=PATH		a directory of the host: what is on the disk
 *				goes to its file "map" first
 *
 * It says on /dev/ttyS0: "S" the map is complete, "A TASK TXN" a transaction is
 * durable, "D" all are done, "E ..." what went wrong.
 */
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "crashload.h"

#define DISK "/dev/ubda"
#define ROOT "/mnt"

struct orders {
	bool files;
	uint64_t seed;
	unsigned int round, txns;
	int task;
	bool durable;
};

static void mount_make(const char *what, const char *where, const char *type,
		       const char *options)
{
	if (mkdir(where, 0755))
		CHECK(errno == EEXIST, "%s: %s", where, strerror(errno));
	CHECK(!mount(what, where, type, 0, options), "%s: %s", where, strerror(errno));
}

static void orders_read(struct orders *orders)
{
	const char *text = getenv("CRASH"), *txns = getenv("CRASH_TXNS");
	const char *task = getenv("CRASH_TASK");
	unsigned long long seed;
	char kind[8];

	CHECK(text && sscanf(text, "%7[^,],%llu,%u", kind, &seed,
			     &orders->round) == 3, "CRASH=%s", text ? text : "");
	orders->files = !strcmp(kind, "ext4");
	orders->seed = seed;
	orders->txns = txns ? atoi(txns) : 0;
	orders->task = task ? atoi(task) : -1;
	orders->durable = getenv("CRASH_DURABLE");
}

/* The disk as the last round left it. */
static void state_report(const struct orders *orders)
{
	const char *place = getenv("CRASH_DIR");

	if (place) {
		mount_make("none", "/host", "hostfs", place);
		if (orders->files)
			files_scan(ROOT, "/host/map.new", orders->seed);
		else
			disk_scan(DISK, "/host/map.new", orders->seed);
		CHECK_SYS(rename("/host/map.new", "/host/map"));
		CHECK_SYS(umount("/host"));
	}
	ack_say("S");
}

static void task_start(const struct orders *orders, unsigned int task)
{
	fflush(stdout);
	if (CHECK_SYS(fork()))
		return;
	if (orders->files)
		files_task(ROOT, orders->seed, orders->round, task, orders->txns);
	else
		disk_task(DISK, orders->seed, orders->round, task, orders->txns,
			  orders->durable);
	exit(0);
}

static void tasks_run(const struct orders *orders)
{
	unsigned int tasks = orders->files ? FILES_TASKS : DISK_TASKS, task;
	int status;

	for (task = 0; task < tasks; task++)
		if (orders->task < 0 || task == (unsigned int)orders->task)
			task_start(orders, task);
	while (wait(&status) > 0)
		if (status)
			ack_say("E a task ended with status %x", status);
}

/* Does not return. */
void machine_run(void)
{
	struct orders orders;

	mount_make("proc", "/proc", "proc", NULL);
	mount_make("dev", "/dev", "devtmpfs", NULL);
	ack_open("/dev/ttyS0");
	orders_read(&orders);
	if (orders.files)
		mount_make(DISK, ROOT, "ext4", "errors=panic");
	state_report(&orders);
	if (!getenv("CRASH_LOOK")) {
		if (orders.files)
			files_prepare(ROOT, orders.round);
		tasks_run(&orders);
	}
	ack_say("D");
	if (orders.files)
		CHECK_SYS(umount(ROOT));
	CHECK_SYS(reboot(RB_POWER_OFF));
	exit(1);
}
