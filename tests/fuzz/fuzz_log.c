/*
 * fuzz_log.c -- what a stranger put into a message: one line of printable text,
 * which means the same, as far as it goes; and as JSON one object.
 */

#include "fuzz.h"

#include <sys/mman.h>

#include <string.h>
#include <unistd.h>
#include <vis.h>

#include "lib/log.h"
#include "tests/json_object.h"

/* Where messages go from now on, as to standard error. */
static int
open_log(void)
{
	int fd = memfd_create("log", MFD_CLOEXEC), own = dup(STDERR_FILENO);

	MUST(fd != -1 && own != -1 && dup2(fd, STDERR_FILENO) != -1);
	log_init("fuzz", LOG_TO_STDERR | LOG_PLAIN, LOG_DAEMON, LOG_DEBUG);
	MUST(dup2(own, STDERR_FILENO) != -1);
	close(own);
	return fd;
}

/* The line in the file FD, without its newline. */
static void
read_line(int fd, char *line, size_t size)
{
	ssize_t len = pread(fd, line, size, 0);

	MUST(len > 0 && (size_t)len < size && line[len - 1] == '\n');
	line[len - 1] = '\0';
	MUST(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
}

/* In the message, and in a field. */
static void
check_json(int fd, const char *raw)
{
	char line[LOG_JSON_MAX + 1];
	struct log_event e = { .name = "fuzz" };

	log_set_json(true);
	log_add_text(&e, "raw", raw);
	log_add_number(&e, "n", 1);
	log_event(LOG_INFO, &e, "%s", raw);
	log_set_json(false);
	read_line(fd, line, sizeof(line));
	MUST(strlen(line) < LOG_JSON_MAX && json_is_object(line));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd;
	char line[2 * LOG_LINE_MAX], plain[sizeof(line)], *text, *raw;
	ssize_t i, len;

	if (fd == 0)
		fd = open_log();
	MUST((raw = malloc(size + 1)) != NULL);
	memcpy(raw, data, size);
	raw[size] = '\0';
	MUST(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	log_errx("%s", raw);
	len = pread(fd, line, sizeof(line), 0);
	text = line + strlen("fuzz: ");
	MUST(len >= 7 && len <= 7 + LOG_LINE_MAX && line[len - 1] == '\n');
	line[len - 1] = '\0';
	MUST(strncmp(line, "fuzz: ", 6) == 0);
	for (i = 0; i < len - 1; i++)
		MUST(line[i] >= ' ' && line[i] <= '~');
	MUST(strunvis(plain, text) != -1);
	MUST(strncmp(raw, plain, strlen(plain)) == 0);
	MUST(strlen(plain) == strlen(raw) || strlen(text) >= LOG_LINE_MAX - 4 ||
	    strlen(plain) == LOG_LINE_MAX - 1);
	MUST(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	check_json(fd, raw);
	free(raw);
	return 0;
}
