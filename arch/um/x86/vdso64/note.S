/* SPDX-License-Identifier: GPL-2.0 */
/* note.S - says to ld.so which kernel this is. */
#include <linux/elfnote.h>
#include <linux/version.h>

ELFNOTE_START(Linux, 0, "a")
	.long LINUX_VERSION_CODE
ELFNOTE_END
