/* SPDX-License-Identifier: GPL-2.0 */
/*
 * terminal.h - the host's terminals that the machine makes raw, and how they were
 * before. Host objects only.
 */
#ifndef UML_TERMINAL_H
#define UML_TERMINAL_H

/**
 * terminal_raw() - every key for the machine, every byte as it is
 * @fd:		a terminal; it stays open until terminal_restore()
 *
 * In the background of a terminal's session this stops the process, as for any
 * program; one that was told to end meanwhile does so when it goes on. Returns 0 or -errno.
 */
extern int terminal_raw(int fd);

/*
 * Is it one of these, but now another's of its session? To read it would stop the
 * process, for good if it is told to end.
 */
extern int terminal_is_others(int fd);

/* As it was, when the last descriptor of this terminal is given back. */
extern void terminal_restore(int fd);

/* All of them, at the end. Async-signal-safe. */
extern void terminal_restore_all(void);

#endif
