// SPDX-License-Identifier: GPL-2.0
/* proctree.c - the living processes below a process, see proctree.h */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proctree.h"

struct proc {
	pid_t pid, parent;
	char name[16];
	int below;		/* is a descendant of the root */
};

struct procs {
	struct proc *list;
	int count, room;
};

/* Read /proc/PID/stat: "pid (name) state ppid ...". 0 if it is not alive. */
static int proc_read(const char *pid, struct proc *proc)
{
	char path[64], buf[512], state, *open_paren, *close_paren;
	int fd, parent;
	size_t len, i;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	buf[n] = '\0';
	open_paren = strchr(buf, '(');
	close_paren = strrchr(buf, ')');
	if (!open_paren || !close_paren ||
	    sscanf(close_paren + 1, " %c %d", &state, &parent) != 2)
		return 0;
	if (state == 'Z' || state == 'X')
		return 0;
	memset(proc, 0, sizeof(*proc));
	proc->pid = atoi(pid);
	proc->parent = parent;
	len = close_paren - open_paren - 1;
	if (len >= sizeof(proc->name))
		len = sizeof(proc->name) - 1;
	memcpy(proc->name, open_paren + 1, len);
	for (i = 0; i < len; i++)
		if (!isgraph((unsigned char)proc->name[i]))
			proc->name[i] = '_';
	return 1;
}

static void procs_read(struct procs *procs)
{
	struct dirent *entry;
	struct proc proc;
	DIR *dir = opendir("/proc");

	memset(procs, 0, sizeof(*procs));
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    !proc_read(entry->d_name, &proc))
			continue;
		if (procs->count == procs->room) {
			procs->room = procs->room * 2 + 256;
			procs->list = realloc(procs->list,
					      procs->room * sizeof(proc));
			if (!procs->list)
				abort();
		}
		procs->list[procs->count++] = proc;
	}
	closedir(dir);
}

static int procs_below(const struct procs *procs, pid_t pid, pid_t root)
{
	int i;

	if (pid == root)
		return 1;
	for (i = 0; i < procs->count; i++)
		if (procs->list[i].pid == pid)
			return procs->list[i].below;
	return 0;
}

/* Read /proc and mark what is below root. */
static void procs_mark(struct procs *procs, pid_t root)
{
	int i, again;

	procs_read(procs);
	do {
		again = 0;
		for (i = 0; i < procs->count; i++) {
			struct proc *proc = &procs->list[i];

			if (!proc->below && proc->pid != root &&
			    procs_below(procs, proc->parent, root))
				proc->below = again = 1;
		}
	} while (again);
}

void proctree_kill(pid_t root)
{
	struct procs procs;
	int i;

	procs_mark(&procs, root);
	for (i = 0; i < procs.count; i++)
		if (procs.list[i].below)
			(void)kill(procs.list[i].pid, SIGKILL);
	free(procs.list);
}

int proctree_names(pid_t root, char *text, size_t size)
{
	struct procs procs;
	size_t used = 0;
	int i, count = 0;

	procs_mark(&procs, root);
	text[0] = '\0';
	for (i = 0; i < procs.count; i++) {
		if (!procs.list[i].below)
			continue;
		count++;
		if (used + sizeof(procs.list[i].name) + 16 < size)
			used += snprintf(text + used, size - used, "%s%s(%d)",
					 used ? " " : "", procs.list[i].name,
					 procs.list[i].pid);
	}
	free(procs.list);
	return count;
}
