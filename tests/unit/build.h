/*
 * build.h -- from text to struct config, for the tests of that: what is
 * refused, with which words, and what is understood.
 */

#ifndef UNIT_BUILD_H
#define UNIT_BUILD_H

#include <stdbool.h>

#include "config/arena.h"
#include "config/config.h"
#include "load/loader.h"
#include "tests/unit/unit.h"

/* A service that is right but for what a test adds. */
#define M "listen = [\"127.0.0.1:80\"] message = \"\" "
#define X "listen = [\"127.0.0.1:80\"] exec = [\"/bin/sh\"] "

/* What the last build complained of, a line each. */
extern char errors[16384];
extern char warnings[4096];

/* Whether one of the errors was in the text. */
extern bool build_wrong;

/* A config_sink for them. */
void build_collect(void *arg, bool error, const char *text);

/* Build what SOURCE says; NULL when it is refused. */
const struct config *build(const struct config_source *source);

/* Build test.conf and conf.d of the current directory as they are. */
const struct config *build_files(bool root);

/* Build TEXT, as test.conf. */
const struct config *build_text(const char *text, bool root);

/* The same, which must be good; and its only service. */
const struct config *good(const char *text, bool root);
const struct service *good_service(const char *text, bool root);

/* Each text must be refused with exactly these errors. */
struct refused {
	const char *text, *want;
};
void refuse(const struct refused *cases, size_t n, bool root);

#define REFUSE(cases, root) refuse(cases, COUNT(cases), root)

/* As "haild -T" prints it; the caller frees it. */
char *build_print(const struct config *config);

/*
 * Remove the comments from what it printed: a part of containment that was not
 * written is written when that is read again.
 */
void build_strip_notes(char *text);

/* For tcase_add_checked_fixture, with unit_enter_dir. */
void build_leave(void);

#endif
