/*
 * conclude.h -- answer the control clients that wait for a reload or an
 * upgrade.
 */

#ifndef CONCLUDE_H
#define CONCLUDE_H

#include <stdint.h>

#include "haild/control/control.h"

/*
 * Bytes of a text for conclude_text.  One of them has at most CONCLUDE_COST
 * bytes in an answer, as record.h writes it: it must fit into ANSWER_MAX of
 * control.c.
 */
#define CONCLUDE_TEXT_MAX 6000
#define CONCLUDE_COST 11000

/*
 * Write as many whole lines from the beginning of the file ERRORS (0: none)
 * into BUF as leave room for OUTCOME, then OUTCOME.
 */
void conclude_text(
    int errors, const char *outcome, char buf[CONCLUDE_TEXT_MAX]);

/*
 * Answer the clients that sent COMMAND at UNTIL or before with that text; close
 * *ERRORS and set it to 0.
 */
void conclude(struct control *c, enum control_command command, int64_t until,
    enum control_status status, int *errors, const char *outcome);

#endif
