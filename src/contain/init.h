/*
 * init.h -- the init process of a PID namespace.
 *
 * A program that is process 1 itself would ignore the signals that it does not
 * catch, SIGTERM included, and would have to reap orphans.
 */

#ifndef INIT_H
#define INIT_H

#include "config/config.h"
#include "contain/job.h"

/*
 * Do JOB as contain_run says, in process 1; NAME is the service's.  The program
 * leads a process session of its own.  This process passes on signals that come
 * from outside the namespace; the kernel kills the rest when it exits.
 */
void init_run(const char *name, const struct identity *identity, uid_t uid,
    const struct contain_job *job) __attribute__((noreturn));

#endif
