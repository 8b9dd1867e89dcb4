/*
 * value.h -- durations, limits and strings as haild.conf(5) writes them.
 *
 * Pure: text in, numbers out, and back.  The functions that read return false
 * if what they read has another form.
 */

#ifndef VALUE_H
#define VALUE_H

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config/config.h"

/* A whole number of libconfig's, of either size. */
bool value_get_number(const config_setting_t *v, int64_t *n);

/* 4, 4.5 or "4.5", 0 or more, in hundredths; further digits are cut off. */
bool value_get_hundredths(const config_setting_t *v, int64_t *n);

/* "90", "90s", "5m", "1h" or "2d" into seconds. */
bool value_parse_duration(const char *text, int64_t *seconds);

/* Write the shortest exact form of NS nanoseconds, in quotes. */
void value_print_duration(int64_t ns, FILE *out);

/*
 * "64", "64K", "64K:1M", "unlimited": soft, or soft and hard; K, M, G, T, P, E
 * are powers of 1024.  Soft must not be above hard.
 */
bool value_parse_limit(const char *text, struct limit *limit);

/* Write "soft:hard" in whole numbers, or one number if they are the same. */
void value_print_limit(const struct limit *limit, FILE *out);

/* Write TEXT in quotes, with libconfig's escapes, or a list of such. */
void value_print_string(const char *text, FILE *out);
void value_print_strings(const char *const *list, FILE *out);

/* Write WORDS, which end with NULL, as "a", "b" or "c" into BUF; return BUF. */
const char *value_list_words(const char *const *words, char *buf, size_t size);

#endif
