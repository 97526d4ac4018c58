// SPDX-License-Identifier: GPL-2.0
/*
 * skas_ldt.c - an entry of the LDT of a process: the stub in it makes the call.
 */
#include <string.h>
#include <os.h>
#include <skas.h>
#include <stub-data.h>
#include <uml/ldt.h>

int skas_ldt_write(struct mm_id *id, const void *entry)
{
	struct stub_data *data = (struct stub_data *)id->stack;
	int err;

	/* nothing else of the stub's uses it, and it is not looked at before the flush */
	memcpy(data->ldt_entry, entry, sizeof(data->ldt_entry));
	syscall_stub_alloc(id)->syscall = STUB_SYSCALL_LDT;
	err = syscall_stub_flush(id);
	return err ? err : data->ldt_result;
}
