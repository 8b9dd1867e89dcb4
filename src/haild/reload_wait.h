/*
 * reload_wait.h -- haild --reload: have the running daemon read its
 * configuration, and wait for the result.
 */

#ifndef RELOAD_WAIT_H
#define RELOAD_WAIT_H

/*
 * Reload the daemon that has the lock of PIDFILE.  Prints its errors and the
 * outcome, to standard error if it failed.  Returns 0, or -1.
 */
int reload_wait(const char *pidfile);

#endif
