/*
 * explain_file.h -- haild -E: explain a configuration that no daemon serves.
 */

#ifndef EXPLAIN_FILE_H
#define EXPLAIN_FILE_H

#include <stddef.h>

#include "config/config.h"
#include "control/request.h"

/*
 * Read LINE, the request of "haildctl explain".  Returns 0; or -1, after a
 * message.
 */
int explain_file_read(struct control_request *r, const char *line);

/*
 * Write the answer (control/answer.h) to R to standard output, as a daemon that
 * serves CONFIG and has no sessions would.  Returns 0, or -1 after a message.
 */
int explain_file_answer(
    const struct config *config, const struct control_request *r);

#endif
