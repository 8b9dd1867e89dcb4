/*
 * replay.c -- give each file of a corpus to a fuzz target.
 *
 * usage: TARGET [FILE ...].  Without files, those of tests/fuzz/corpus/TARGET
 * below $srcdir.  One that makes the target abort, or a sanitizer complain,
 * fails.  Writes TAP.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* In memory of its own, so that a read behind its end is seen. */
static void
replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *data;

	if (f == NULL || fstat(fileno(f), &st) == -1 ||
	    (data = malloc((size_t)st.st_size + (st.st_size == 0))) == NULL ||
	    fread(data, 1, (size_t)st.st_size, f) != (size_t)st.st_size)
		err(1, "%s", path);
	fclose(f);
	LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
	free(data);
}

static int
replay_all(const char *target)
{
	const char *srcdir = getenv("srcdir");
	char dir[4096], path[8192];
	struct dirent *entry;
	int n = 0;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/tests/fuzz/corpus/%s",
	    srcdir != NULL ? srcdir : ".", target);
	if ((d = opendir(dir)) == NULL)
		err(1, "%s", dir);
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		replay(path);
		n++;
	}
	closedir(d);
	return n;
}

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	int i, n;

	name = name == NULL ? argv[0] : name + 1;
	for (i = 1; i < argc; i++)
		replay(argv[i]);
	if (argc > 1)
		return 0;
	/* "fuzz_proxy" has the corpus "proxy" */
	n = replay_all(strncmp(name, "fuzz_", 5) == 0 ? name + 5 : name);
	printf("%s 1 - %d inputs of the corpus of %s\n1..1\n",
	    n > 0 ? "ok" : "not ok", n, name);
	return n == 0;
}
