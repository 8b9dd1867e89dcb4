/*
 * metrics.h -- "haildctl metrics": the counts of haild for a monitoring system.
 */

#ifndef CTL_METRICS_H
#define CTL_METRICS_H

#include "ctl/command.h"

/*
 * The command: print the metrics, or answer one HTTP request with them.  With
 * --http it does not return: few system calls are allowed then.
 */
enum control_status metrics_run(const struct invocation *v);

#endif
