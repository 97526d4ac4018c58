/* SPDX-License-Identifier: GPL-2.0 */
/* ports.h - see ports.c. */
#ifndef PORTS_H
#define PORTS_H

extern void test_ports(void);

#endif
