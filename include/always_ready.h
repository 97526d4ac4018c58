/* SPDX-License-Identifier: GPL-2.0 */
/*
 * always_ready.h - descriptors that epoll refuses with EPERM. Regular files and
 * devices such as /dev/null have no poll function: they are always ready. Each
 * is reported once after it was added, as epoll reports an edge; whoever reads
 * it then reads until it gives no more.
 *
 * Host objects only. Interrupts are off, or what is added or deleted is in the
 * hands of the caller alone.
 */
#ifndef UML_ALWAYS_READY_H
#define UML_ALWAYS_READY_H

struct epoll_event;

/**
 * always_ready_add() - watch a descriptor that epoll refused, or change how
 * @event:	as for EPOLL_CTL_ADD
 *
 * 0 or -ENOSPC.
 */
extern int always_ready_add(int fd, const struct epoll_event *event);
extern void always_ready_del(int fd);

/**
 * always_ready_collect() - the descriptors not reported yet
 *
 * Returns how many of @max @events it filled.
 */
extern int always_ready_collect(struct epoll_event *events, int max);

#endif
