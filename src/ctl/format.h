/*
 * format.h -- times, sizes and texts for people.  Pure.
 */

#ifndef CTL_FORMAT_H
#define CTL_FORMAT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define FORMAT_MAX 32 /* bytes of what the first three make */

/* "45s", "3m12s", "2h05m", "3d04h" for NS; "-" if it is negative.  BUF. */
const char *format_duration(int64_t ns, char buf[FORMAT_MAX]);

/* "999", "1.2K", "34M" for N bytes, by 1024; "-" if it is negative.  BUF. */
const char *format_bytes(int64_t n, char buf[FORMAT_MAX]);

/* "2026-11-30 09:02:11", local time; "-" if it is 0 or negative.  BUF. */
const char *format_time(int64_t seconds, char buf[FORMAT_MAX]);

/*
 * Read a time such as "10", "10s", "2m", "1h" or "1d" into *NS.  Returns
 * whether it is one, of at most a year and more than 0.
 */
bool format_read_time(const char *text, int64_t *ns);

/*
 * Write TEXT, which may have any bytes, so that nothing but printable ASCII
 * reaches a terminal: other bytes become escapes of vis(3).  Backslashes stay,
 * since most texts are escaped already.
 */
void format_put(const char *text, FILE *out);

#endif
