/*
 * explain.h -- haildctl explain: its arguments, and how its answer is printed.
 */

#ifndef CTL_EXPLAIN_H
#define CTL_EXPLAIN_H

#include <stdio.h>

#include "control/answer.h"
#include "control/protocol.h"
#include "control/request.h"

struct explain_options {
	struct control_request request; /* its strings are those of argv */
	const char *file; /* -c: ask no daemon, read this; NULL: ask it */
};

/*
 * Read the arguments that follow "explain", whose name is argv[0].  Looks up
 * the groups of the user of --uid.  Returns CONTROL_OK; or CONTROL_USAGE with
 * what is wrong in ERROR.
 */
enum control_status explain_parse(
    struct explain_options *o, int argc, char **argv, char *error, size_t size);

/* The facts of an answer. */
struct explanation {
	struct answer_fact *facts; /* copies */
	size_t n;
};

/* An answer_fn; ARG is a struct explanation.  Messages go to stderr. */
void explain_take(void *arg, enum answer_kind kind, const void *record);

/* Print all facts: the verdict with the rule first, then each section. */
void explain_print(const struct explanation *x, FILE *out);
void explain_free(struct explanation *x);

/*
 * Have haild, which is found beside this program, answer O from its file.
 * Works as client_ask does, and returns what that returns; CONTROL_FAILED,
 * with ERROR empty, if haild has said what is wrong.
 */
enum control_status explain_ask_file(const struct explain_options *o,
    answer_fn *take, void *arg, char *error, size_t size);

#endif
