/*
 * settings.h -- the one table of the names in haild.conf(5).
 *
 * It drives parsing, defaults, inheritance, what goes together, "haild -T", and
 * the test that compares it with the manual.  A new setting is one line of it,
 * one field of struct service or struct config, and its paragraph in the
 * manual.
 */

#ifndef SETTINGS_H
#define SETTINGS_H

#include "load/types.h"

extern const struct setting settings[];
extern const size_t nsettings;

/*
 * The setting of that name, for the top level or for a service.  A name may
 * mean two things ("max-sessions" at the top is the total).  NULL when there is
 * none.
 */
const struct setting *setting_find(const char *name, bool in_service);

/* The index in settings[] (and in origins) of a service's setting. */
size_t setting_index(const char *name);

/* The name of a handler, which is that of the setting that chooses it. */
const char *setting_handler_name(enum handler handler);

/* The handler that a service with that setting has, or 0. */
unsigned int setting_chooses(const struct setting *s);

/* The field of SETTING in BASE, a struct config (GLOBAL) or struct service. */
void *setting_field(const struct setting *s, const void *base);

/* Whether the value of SETTING in BASE can be written. */
bool setting_is_set(const struct setting *s, const void *base);

/* Fill in the defaults, at the top and of a service. */
void settings_preset(struct loader *l, struct service *service);

/*
 * Read one setting, of a service or command (IN_SERVICE) or of the top;
 * ORIGINS, in the order of settings[], gets where it was written.
 */
void settings_read(struct loader *l, struct service *service, bool in_service,
    const config_setting_t *v, struct origin *origins);

/*
 * Read all of GROUP, a service or a command: OWN (l->own from now on) gets
 * where it was written, and ALL (l->origins) that, or else where OUTER has it.
 */
void settings_read_group(struct loader *l, struct service *service,
    const config_setting_t *group, const struct origin *outer,
    struct origin *own, struct origin *all);

/* Where NAME was written, for the service being read. */
#define ORIGIN(l, name) (&(l)->origins[setting_index(name)])

#endif
