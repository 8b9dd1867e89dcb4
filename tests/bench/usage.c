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

static void
add_tree(struct usage *u, const struct process *list, int n, int pid)
{
	int i;

	for (i = 0; i < n; i++) {
		if (list[i].pid == pid) {
			u->ticks += list[i].ticks;
			u->processes++;
			u->zombies += list[i].state == 'Z';
		}
		if (list[i].parent == pid)
			add_tree(u, list, n, list[i].pid);
	}
}

struct usage
usage_of(int pid)
{
	static struct process list[NPIDS];
	struct usage u = { 0, 0, 0 };
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
	add_tree(&u, list, n, pid);
	if (u.processes == 0)
		errx(2, "process %d is gone", pid);
	return u;
}
