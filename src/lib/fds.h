/*
 * fds.h -- the descriptors that a child keeps.
 */

#ifndef FDS_H
#define FDS_H

#include <limits.h>
#include <stddef.h>

/* dup2(2) IN, OUT and ERR to 0, 1 and 2.  Returns 0, or -1 with errno. */
int fds_set_stdio(int in, int out, int err);

/*
 * Open the file of FD again, with FLAGS.  Flags that fcntl(2) sets on the new
 * descriptor (O_NONBLOCK, O_DIRECT, O_ASYNC) do not affect FD.  Not for
 * sockets. Returns a descriptor, or -1 with errno.
 */
int fds_reopen(int fd, int flags);

/*
 * Create a memory file that can be sealed and is not executable, and so is
 * permitted with any value of the sysctl vm.memfd_noexec.  Returns a
 * descriptor, or -1 with errno.
 */
int fds_memory(const char *name);

/*
 * Open NAME, a program of this project, for fds_execute: beside the program
 * that runs (a build tree), else where it is installed.  PATH becomes where it
 * was looked for last.  Returns a descriptor, or -1 with errno.
 */
int fds_open_program(const char *name, char path[PATH_MAX]);

/* Close all from 3 up except those of the log and the N in KEEP. */
void fds_close_others(const int *keep, size_t n);

/* Close those of the log too: nothing can be logged any more. */
void fds_close_all_but(const int *keep, size_t n);

#define FDS_EXECUTE_MAX 9

/*
 * Make the N descriptors of KEEP, at most FDS_EXECUTE_MAX, 3, 4 and so on, and
 * have all others from 3 up closed by execve(2).  Returns the number that
 * PROGRAM has then; or -1 with errno, and each is where it was.
 */
int fds_arrange(int program, const int *keep, size_t n);

/*
 * Execute PROGRAM, a descriptor, with 0, 1 and 2 as they are, KEEP as
 * fds_arrange has it, and no others.  It works for a file that has been
 * replaced since, but not for a script.  Returns only when it fails, -1 with
 * errno; those from 3 up may be changed then, the log's too.
 */
int fds_execute(int program, char *const argv[], const int *keep, size_t n);

#endif
