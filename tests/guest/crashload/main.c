// SPDX-License-Identifier: GPL-2.0
/*
 * crashload - the workload of the tests crash-kill, power-cut and flush-trace,
 * and the judge of what is left after a crash. See crashload.h.
 *
 *   crashload				it tests itself: broken disks are seen
 *   crashload format DISK SEED		what a disk holds before the first round
 *   crashload scan DISK SEED MAP	what it holds now, as a map
 *   crashload judge disk|ext4 SEED ROUND BEFORE AFTER ACKED...
 *					compare two maps; ACKED: transactions
 *					acknowledged in the round, per task
 *
 * As process 1 it is machine.c. The judge prints a line LOST for each loss,
 * and ends with status 1 if there is one.
 */
#include <unistd.h>

#include "check.h"
#include "crashload.h"

#define LOSSES_SHOWN 4

void verdict_loss(struct verdict *verdict, const char *format, ...)
{
	va_list args;

	if (verdict->lost++ >= LOSSES_SHOWN)
		return;
	va_start(args, format);
	printf("LOST ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
}

static int judge_main(char **argv, int argc)
{
	unsigned int acked[TASKS_MAX] = { 0 };
	struct verdict verdict = { .acked = acked };

	CHECK(argc >= 5 && argc <= 5 + TASKS_MAX, "judge: %d arguments", argc);
	verdict.seed = strtoull(argv[1], NULL, 10);
	verdict.round = atoi(argv[2]);
	for (int i = 5; i < argc; i++)
		acked[i - 5] = atoi(argv[i]);
	if (!strcmp(argv[0], "ext4"))
		files_judge(&verdict, argv[3], argv[4]);
	else
		disk_judge(&verdict, argv[3], argv[4]);
	printf("%u lost\n", verdict.lost);
	return verdict.lost > 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (getpid() == 1)
		machine_run();
	if (argc == 1)
		selftest_run();
	else if (!strcmp(verb, "format") && argc == 4)
		disk_format(argv[2], strtoull(argv[3], NULL, 10));
	else if (!strcmp(verb, "scan") && argc == 5)
		disk_scan(argv[2], argv[4], strtoull(argv[3], NULL, 10));
	else if (!strcmp(verb, "judge"))
		return judge_main(argv + 2, argc - 2);
	else
		FAIL("crashload %s: no such command, or not so many arguments", verb);
	return 0;
}
