#include "hail/enrol.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"

/* Read a line, without blanks around it, from standard input. */
static int
read_line(char *text, size_t size)
{
	size_t len = 0, begin;
	ssize_t n = 1;

	while (len < size - 1 && n > 0 && memchr(text, '\n', len) == NULL) {
		n = io_read(STDIN_FILENO, text + len, size - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	text[len] = '\0';
	begin = strspn(text, " \t");
	memmove(text, text + begin, len - begin + 1);
	text[strcspn(text, " \t\r\n")] = '\0';
	return n == -1 ? -1 : 0;
}

/* Replace standard input by a pipe with the line "ID.SECRET". */
static int
set_input(const struct token *token)
{
	char line[sizeof(token->proof) + 1];
	int fds[2], n;

	n = snprintf(line, sizeof(line), "%s\n", token->proof);
	if (pipe2(fds, O_CLOEXEC) == -1)
		return -1;
	/* The line fits into a pipe's buffer. */
	if (io_write_all(fds[1], line, (size_t)n) == -1 ||
	    dup2(fds[0], STDIN_FILENO) == -1)
		n = -1;
	close(fds[0]);
	close(fds[1]);
	explicit_bzero(line, sizeof(line));
	return n == -1 ? -1 : 0;
}

int
enrol_prepare(struct token *token, char *argument, char *err, size_t size)
{
	char line[TOKEN_LENGTH + 64] = "";
	const char *text = argument;
	bool valid;

	if (strcmp(argument, "-") == 0) {
		if (read_line(line, sizeof(line)) == -1) {
			snprintf(err, size, "cannot read standard input: %s",
			    strerror(errno));
			return -1;
		}
		text = line;
	}
	valid = token_parse(token, text);
	memset(argument, 'x', strlen(argument));
	explicit_bzero(line, sizeof(line));
	if (!valid) {
		snprintf(err, size,
		    "--enrol: this is not a token: %d characters, as "
		    "\"haild-enrol token\" prints them on the server",
		    TOKEN_LENGTH);
		return -1;
	}
	if (set_input(token) == -1) {
		snprintf(
		    err, size, "cannot create a pipe: %s", strerror(errno));
		return -1;
	}
	return 0;
}
