/*
 * metrics.h -- "haildctl metrics": the counts of haild for a monitoring system.
 */

#ifndef CTL_METRICS_H
#define CTL_METRICS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Ask the haild of the socket PATH within TIMEOUT (ns) and print its metrics on
 * standard output.  Returns the status to exit with.
 */
int metrics_run(const char *path, int64_t timeout, bool openmetrics);

/*
 * The same as the answer to one HTTP request: standard input and output are the
 * client's socket.  Returns the status to exit with, by _exit(2): few system
 * calls are allowed then.
 */
int metrics_serve(const char *path, int64_t timeout);

#endif
