/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FORKEXEC_H
#define FORKEXEC_H

#include <sys/types.h>

#define SELF "/proc/self/exe"

/* role.c: what the program does when a test executed it (argv[1] is a role) */
int role_run(int argc, char **argv, char **envp);
void role_exec(const char *role, const char *arg) __attribute__((noreturn));

/* args.c */
void args_check(void);
int args_role(int argc, char **argv, char **envp);

/* wait.c */
void wait_check(void);
void orphan_check(void);

/* exec.c */
void exec_check(int rounds);
int fresh_role(int argc, char **argv);
int chain_role(char **argv);

/* fail.c */
void fail_check(void);

#endif
