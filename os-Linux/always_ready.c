// SPDX-License-Identifier: GPL-2.0
/*
 * always_ready.c - descriptors that epoll refuses, see uml/always_ready.h.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <uml/always_ready.h>

/* Consoles and serial lines: 16 and 64, at most two descriptors each. */
#define ENTRIES_MAX 160

struct entry {
	int fd;
	int state;
	struct epoll_event event;
};

/* Changed last when an entry is made: an interrupt sees all of it or nothing. */
enum { ENTRY_FREE, ENTRY_NEW, ENTRY_REPORTED };

static struct entry entries[ENTRIES_MAX];
static int entries_used;	/* entries from here on were never in use */

static struct entry *entry_find(int fd)
{
	int i;

	for (i = 0; i < entries_used; i++)
		if (entries[i].state != ENTRY_FREE && entries[i].fd == fd)
			return &entries[i];
	return NULL;
}

static struct entry *entry_get_free(void)
{
	int i;

	for (i = 0; i < entries_used; i++)
		if (entries[i].state == ENTRY_FREE)
			return &entries[i];
	return i < ENTRIES_MAX ? &entries[entries_used++] : NULL;
}

int always_ready_add(int fd, const struct epoll_event *event)
{
	struct entry *entry = entry_find(fd);

	if (!entry)
		entry = entry_get_free();
	if (!entry)
		return -ENOSPC;
	entry->fd = fd;
	entry->event = *event;
	entry->state = ENTRY_NEW;
	return 0;
}

void always_ready_del(int fd)
{
	struct entry *entry = entry_find(fd);

	if (entry)
		entry->state = ENTRY_FREE;
}

int always_ready_collect(struct epoll_event *events, int max)
{
	int i, n = 0;

	for (i = 0; i < entries_used && n < max; i++) {
		if (entries[i].state != ENTRY_NEW)
			continue;
		entries[i].state = ENTRY_REPORTED;
		events[n] = entries[i].event;
		events[n++].events &= EPOLLIN | EPOLLOUT;
	}
	return n;
}
