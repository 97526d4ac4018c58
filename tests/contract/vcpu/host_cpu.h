/* SPDX-License-Identifier: GPL-2.0 */
/* host_cpu.h - what the CPU under the host says of itself. */
#ifndef VCPU_HOST_CPU_H
#define VCPU_HOST_CPU_H

#include <stdint.h>

/* qemu's emulation, whatever the host is called: some of what it does no CPU does. */
extern int host_is_qemu(void);
/* XCR0 as user code may use it; 0: no XSAVE */
extern uint64_t host_xcr0(void);
extern int host_has_smep(void);

#endif
