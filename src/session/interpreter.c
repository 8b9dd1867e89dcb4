#include "session/interpreter.h"

#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEADERS_MAX 64 /* of a program; PT_INTERP is among the first */

static bool
read_at(int fd, void *buf, size_t size, uint64_t at)
{
	return at <= INT64_MAX &&
	    pread(fd, buf, size, (off_t)at) == (ssize_t)size;
}

/* The path between "#!" and a blank, as the kernel reads it. */
static enum interpreter
of_script(const char *line, char text[INTERPRETER_MAX])
{
	size_t n;

	line += 2;
	line += strspn(line, " \t");
	n = strcspn(line, " \t\n");
	memcpy(text, line, n);
	text[n] = '\0';
	return n > 0 ? INTERPRETER_FOUND : INTERPRETER_UNKNOWN;
}

/* The kernel reads only binaries of its own word size this way, and older. */
static enum interpreter
of_binary(int fd, const Elf64_Ehdr *head, char text[INTERPRETER_MAX])
{
	Elf64_Phdr h;
	size_t i;

	if (head->e_ident[EI_CLASS] != ELFCLASS64 ||
	    head->e_phentsize != sizeof(h))
		return INTERPRETER_NONE;
	for (i = 0; i < head->e_phnum && i < HEADERS_MAX; i++) {
		if (!read_at(fd, &h, sizeof(h), head->e_phoff + i * sizeof(h)))
			return INTERPRETER_NONE;
		if (h.p_type != PT_INTERP || h.p_filesz == 0 ||
		    h.p_filesz > INTERPRETER_MAX)
			continue;
		if (!read_at(fd, text, h.p_filesz, h.p_offset))
			return INTERPRETER_NONE;
		text[h.p_filesz - 1] = '\0';
		return INTERPRETER_FOUND;
	}
	return INTERPRETER_NONE;
}

/* Other formats may be known to binfmt_misc. */
static bool
is_text(const char *p, size_t n)
{
	for (; n > 0; p++, n--)
		if (iscntrl((unsigned char)*p) && !isspace((unsigned char)*p))
			return false;
	return true;
}

enum interpreter
interpreter_find(const char *path, char text[INTERPRETER_MAX])
{
	union {
		char line[INTERPRETER_MAX];
		Elf64_Ehdr elf;
	} head;
	enum interpreter result = INTERPRETER_NONE;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd == -1)
		return INTERPRETER_NONE; /* it may be executed all the same */
	memset(&head, 0, sizeof(head));
	n = read(fd, head.line, sizeof(head.line) - 1);
	if (n >= 2 && memcmp(head.line, "#!", 2) == 0)
		result = of_script(head.line, text);
	else if (n >= (ssize_t)sizeof(head.elf) &&
	    memcmp(head.line, ELFMAG, SELFMAG) == 0)
		result = of_binary(fd, &head.elf, text);
	else if (n > 0 && is_text(head.line, (size_t)n))
		result = INTERPRETER_UNKNOWN;
	close(fd);
	return result;
}

const char *
interpreter_explain(const char *path, int error, char *buf, size_t size)
{
	char text[INTERPRETER_MAX];
	enum interpreter kind = INTERPRETER_NONE;
	size_t n;

	if (error == ENOENT || error == ENOEXEC || error == EACCES)
		kind = interpreter_find(path, text);
	if (kind == INTERPRETER_UNKNOWN && error == ENOEXEC) {
		snprintf(buf, size, "%s (a script begins with \"#!\")",
		    strerror(error));
		return buf;
	}
	if (kind != INTERPRETER_FOUND || access(text, X_OK) == 0)
		return strerror(error);
	n = strlen(text);
	if (n > 0 && text[n - 1] == '\r') {
		text[n - 1] = '\0';
		snprintf(buf, size,
		    "its interpreter \"%s\" is followed by a carriage return: "
		    "remove it",
		    text);
	} else
		snprintf(buf, size, "its interpreter %s %s", text,
		    errno == ENOENT ? "does not exist" : "cannot be executed");
	return buf;
}
