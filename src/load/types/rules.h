/*
 * rules.h -- check one string of a setting.
 */

#ifndef LOAD_TYPES_RULES_H
#define LOAD_TYPES_RULES_H

#include "load/settings.h"

#define ALPN_NAME_MAX 255 /* bytes, RFC 7301, 3.1 */

/* Report what is wrong with TEXT, one string of the value. */
void text_check(const struct reading *r, const char *text);

/*
 * Functions for struct type's check.  Each returns the rest of the error
 * message after TEXT, in static memory; or NULL.
 */
const char *text_check_path(const char *text);
const char *text_check_socket(const char *text);
/* The name of a network interface. */
const char *text_check_interface(const char *text);
const char *text_check_assignment(const char *text);
const char *text_check_pattern(const char *text);
/* A name, or how names begin and then "*"; then "=" and a pattern. */
const char *text_check_variable(const char *text);
const char *text_check_command_name(const char *text);
const char *text_check_protocol(const char *text); /* of ALPN */
const char *text_check_identity(const char *text); /* of allow-identity */

/* --- sandbox.c --- */

/* "/path", or "-/path": it may be missing. */
const char *text_check_mount_path(const char *text);
/* "SRC" or "SRC:DST", two such paths; "-" before SRC alone. */
const char *text_check_bind(const char *text);
const char *text_check_capability(const char *text);
const char *text_check_cpus(const char *text);
const char *text_check_user(const char *text);

/* The number of the capability NAME, in any case; -1: unknown. */
int text_capability(const char *name);

/* "2" or "2-3": CPUs.  Returns false if TEXT has another form. */
bool text_cpus(const char *text, unsigned int *first, unsigned int *last);

/* "pool:FIRST-LAST", likewise. */
#define TEXT_POOL "pool:"
bool text_pool(const char *text, uid_t *first, uid_t *last);

#endif
