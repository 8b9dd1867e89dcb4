/*
 * interpreter.h -- the program that the kernel executes to run another one.
 *
 * execve(2) fails with ENOENT if a script or a dynamic program exists, but its
 * interpreter does not.  Then the message must name the interpreter.
 */

#ifndef INTERPRETER_H
#define INTERPRETER_H

#include <stddef.h>

#define INTERPRETER_MAX 256 /* BINPRM_BUF_SIZE of Linux */

enum interpreter {
	INTERPRETER_NONE,    /* a program that needs none, or cannot be read */
	INTERPRETER_FOUND,   /* its path is in TEXT */
	INTERPRETER_UNKNOWN, /* it is text that does not begin with "#!" */
};

/*
 * Find the interpreter that PATH, a regular file, names: after "#!", or in the
 * program header of a binary (elf(5), PT_INTERP).
 */
enum interpreter interpreter_find(const char *path, char text[INTERPRETER_MAX]);

/*
 * Explain why execve(2) failed for PATH with ERROR.  Returns a static text, or
 * BUF.
 */
const char *interpreter_explain(
    const char *path, int error, char *buf, size_t size);

#endif
