/*
 * explain.h -- haildctl explain.
 */

#ifndef CTL_EXPLAIN_H
#define CTL_EXPLAIN_H

#include <stdbool.h>
#include <stdio.h>

#include "control/answer.h"
#include "control/request.h"
#include "ctl/reply.h"

/*
 * Set the user of R to TEXT, a uid or a name, with the groups that it has in
 * the system's database.  Returns false with a message in ERROR.
 */
bool explain_set_user(
    struct control_request *r, const char *text, char *error, size_t size);

/* Print all facts: the verdict with the rule first, then each section. */
void explain_show(const struct reply *r, FILE *out);

/*
 * Have haild, which is found beside this program, answer R from the
 * configuration FILE.  Returns as client_ask does, CONTROL_FAILED also with
 * ERROR empty: haild has printed the error.
 */
enum control_status explain_ask_file(const char *file,
    const struct control_request *r, answer_fn *take, void *arg, char *error,
    size_t size);

#endif
