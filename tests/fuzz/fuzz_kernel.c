/*
 * fuzz_kernel.c -- files that the kernel writes, or that haild reads to explain
 * and to advise.
 *
 * The first byte of the input says which: files of a cgroup (0), cgroup and
 * mountinfo of proc(5), with a NUL between them (1), subuid(5) and uid_map (2),
 * and a program whose interpreter is named (3).  The rest is the file.
 */

#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "contain/cgroup.h"
#include "load/contain/ids.h"
#include "load/contain/ranges.h"
#include "session/interpreter.h"

/* A file with DATA, and its path. */
static int
make_file(char path[64], const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	MUST(fd != -1 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static char made[] = "/tmp/fuzz_kernel.XXXXXX";

static void
remove_directory(void)
{
	rmdir(made);
}

/* A directory of this process, with files that each input writes. */
static const char *
directory(void)
{
	static bool is_made;

	if (!is_made) {
		MUST(mkdtemp(made) != NULL && atexit(remove_directory) == 0);
		is_made = true;
	}
	return made;
}

static void
write_file(const char *name, const uint8_t *data, size_t size)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory(), name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	MUST(fd != -1 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

static void
remove_all(void)
{
	static const char *const names[] = { "file", "cgroup", "mountinfo" };
	char path[64];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory(), names[i]);
		unlink(path);
	}
}

static void
try_cgroup(const uint8_t *data, size_t size)
{
	char buf[32], all[64];
	unsigned int controllers;
	int dir;

	write_file("file", data, size);
	dir = open(directory(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	MUST(dir != -1);
	MUST(cgroup_number(dir, ".", "file", NULL) >= -1);
	MUST(cgroup_number(dir, ".", "file", "populated") >= -1);
	MUST(cgroup_number(dir, ".", "file", "oom_kill") >= -1);
	controllers = cgroup_controllers(dir, ".", "file");
	MUST((controllers & ~(CGROUP_CPU | CGROUP_MEMORY | CGROUP_PIDS)) == 0);
	MUST(strlen(cgroup_print(controllers, all, sizeof(all))) < sizeof(all));
	MUST(cgroup_read(dir, ".", "file", buf, sizeof(buf)) >= 0);
	MUST(memchr(buf, '\0', sizeof(buf)) != NULL);
	MUST(size > 5 || memcmp(buf, data, size) == 0);
	close(dir);
}

static void
try_find(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\0', size);
	size_t own = end == NULL ? size : (size_t)(end - data);
	char found[PATH_MAX], small[4];

	write_file("cgroup", data, own);
	if (end != NULL)
		write_file("mountinfo", end + 1, size - own - 1);
	if (cgroup_find(directory(), found, sizeof(found)) == 0)
		MUST(memchr(found, '\0', sizeof(found)) != NULL);
	if (cgroup_find(directory(), small, sizeof(small)) == 0)
		MUST(memchr(small, '\0', sizeof(small)) != NULL);
}

static void
check_ranges(struct ranges *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		MUST(r->list[i].first <= r->list[i].last &&
		    r->list[i].last < INT64_C(1) << 33);
	ranges_free(r);
}

static void
try_ids(const uint8_t *data, size_t size)
{
	struct ranges r = { 0 };
	char path[64];
	int fd = make_file(path, data, size);

	ids_add_subordinate(&r, path);
	check_ranges(&r);
	ids_add_mapped(&r, path);
	check_ranges(&r);
	close(fd);
}

static void
try_interpreter(const uint8_t *data, size_t size)
{
	char path[64], text[INTERPRETER_MAX], buf[512];
	int fd = make_file(path, data, size);
	const char *why;

	memset(text, 'x', sizeof(text));
	if (interpreter_find(path, text) == INTERPRETER_FOUND)
		MUST(memchr(text, '\0', sizeof(text)) != NULL);
	memset(buf, 'x', sizeof(buf));
	why = interpreter_explain(path, ENOENT, buf, sizeof(buf));
	MUST(why != NULL);
	MUST(why != buf || memchr(buf, '\0', sizeof(buf)) != NULL);
	MUST(interpreter_explain(path, ENOEXEC, buf, sizeof(buf)) != NULL);
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(const uint8_t *, size_t) = { try_cgroup,
		try_find, try_ids, try_interpreter };

	if (size > 0)
		tries[data[0] & 3](data + 1, size - 1);
	remove_all();
	return 0;
}
