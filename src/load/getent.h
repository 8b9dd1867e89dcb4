/*
 * getent.h -- ask getent(1) what the system's databases (nsswitch.conf(5))
 * know.
 *
 * Their modules are libraries that libc loads while it runs.  haild is linked
 * without any library that is loaded (HACKING.md says why), so another program
 * has to ask them.
 */

#ifndef GETENT_H
#define GETENT_H

#define GETENT "/usr/bin/getent"

/*
 * What it prints about KEY in DATABASE ("passwd", "ahosts", ...): lines, none
 * if nothing is known.  To be freed.  NULL, with errno, if it could not be
 * asked. Waits for it; it does not outlive the caller.
 */
char *getent(const char *database, const char *key);

#endif
