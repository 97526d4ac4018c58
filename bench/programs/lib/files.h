/* SPDX-License-Identifier: GPL-2.0 */
/*
 * files.h - a tree of small files, made, looked at and removed in the current
 * directory. All of it ends the program where something is not as it should be.
 */
#ifndef FILES_H
#define FILES_H

#define FILES_IN_TREE 500

void tree_make(unsigned long tree);
void tree_remove(unsigned long tree);
/* lstat of each file, its size compared; opened and read, its text compared */
void tree_look(unsigned long tree);
void tree_read(unsigned long tree);
/* How many trees have that many files. */
unsigned long trees_of(unsigned long files);

/* fn(0) again and again, until it has been done to so many files; returns how many */
unsigned long tree_repeat(unsigned long files, void (*fn)(unsigned long tree));

/*
 * Measured: to make so many files, or to remove them. @sync, if not NULL, is called to
 * have what was done before on the disk. Returns how many files it was.
 */
unsigned long trees_make_measure(unsigned long files, void (*sync)(void));
unsigned long trees_remove_measure(unsigned long files, void (*sync)(void));

#endif
