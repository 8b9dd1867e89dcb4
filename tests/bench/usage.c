#include "tests/bench/usage.h"

#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NPIDS 32768

struct process {
	int pid, parent;
	char state;
	unsigned long long
	    ticks; /* including children that it has waited for */
};

static int
read_process(const char *pid, struct process *p)
{
	char path[300], line[1024], *after = NULL;
	unsigned long long t[4];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	if ((f = fopen(path, "r")) == NULL)
		return -1;
	if (fgets(line, sizeof(line), f) != NULL)
		after = strrchr(line, ')');
	fclose(f);
	if (after == NULL ||
	    sscanf(after,
		") %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu "
		"%llu",
		&p->state, &p->parent, &t[0], &t[1], &t[2], &t[3]) != 6)
		return -1;
	p->pid = atoi(pid);
	p->ticks = t[0] + t[1] + t[2] + t[3];
	return 0;
}

static struct process list[NPIDS];

/* Returns the length of the list of all processes. */
static int
read_processes(void)
{
	struct dirent *d;
	int n = 0;
	DIR *dir;

	if ((dir = opendir("/proc")) == NULL)
		err(2, "/proc");
	while (n < NPIDS && (d = readdir(dir)) != NULL)
		if (isdigit((unsigned char)d->d_name[0]) &&
		    read_process(d->d_name, &list[n]) == 0)
			n++;
	closedir(dir);
	return n;
}

static void
add_tree(struct usage *u, int n, int pid)
{
	int i;

	for (i = 0; i < n; i++) {
		if (list[i].pid == pid) {
			u->ticks += list[i].ticks;
			u->processes++;
			u->zombies += list[i].state == 'Z';
		}
		if (list[i].parent == pid)
			add_tree(u, n, list[i].pid);
	}
}

struct usage
usage_of(int pid)
{
	struct usage u = { 0, 0, 0 };

	add_tree(&u, read_processes(), pid);
	if (u.processes == 0)
		errx(2, "process %d is gone", pid);
	return u;
}

static void
add_memory(struct memory *m, int pid)
{
	char path[64], line[256];
	double kb;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	if ((f = fopen(path, "r")) == NULL)
		err(2, "%s", path);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "Private_Clean: %lf", &kb) == 1 ||
		    sscanf(line, "Private_Dirty: %lf", &kb) == 1)
			m->unique += kb;
		else if (sscanf(line, "Pss: %lf", &kb) == 1)
			m->pss += kb;
	}
	fclose(f);
}

static void
add_memory_tree(struct memory *m, int n, int pid)
{
	int i;

	for (i = 0; i < n; i++) {
		if (list[i].pid == pid && list[i].state != 'Z')
			add_memory(m, pid);
		if (list[i].parent == pid)
			add_memory_tree(m, n, list[i].pid);
	}
}

struct memory
memory_of(int pid)
{
	struct memory m = { 0, 0 };

	add_memory_tree(&m, read_processes(), pid);
	return m;
}
