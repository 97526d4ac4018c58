/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPLACE_H
#define REPLACE_H

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

void replace_check(void);

#endif
