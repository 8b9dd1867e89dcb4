/*
 * record.h -- state as text: one record per line, described by tables.
 *
 *	haild-state version=1
 *	stats name=git accepted=3 refused=0 ...
 *	end lines=2
 *
 * A line is a kind and its fields, all of them, in the order of the kind's
 * table, each as name=value.  The same table writes and reads a struct.  The
 * first line names the format and its version, the last one counts the lines
 * before it, so that a text that was cut is noticed.
 */

#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum record_type {
	/* A number from MIN to MAX, unsigned, of 1, 4 or 8 bytes; a bool. */
	RECORD_NUMBER,
	/* An int64_t from 0, or -1, written "-": not known. */
	RECORD_OPTIONAL,
	/*
	 * An int, from 3 to RECORD_FD_MAX.  No two fields of a text have the
	 * same descriptor.  With MIN 0 it may be -1: none.
	 */
	RECORD_FD,
	/*
	 * A pointer to a string of MIN to MAX bytes, escaped as vis(3) does.
	 * With MIN 0 it may be NULL, written "-".
	 */
	RECORD_WORD,
	/*
	 * A struct addr, with the number of its scope; "unix" for a Unix socket
	 * without an absolute path or abstract name.  With MIN 0 the family may
	 * be AF_UNSPEC, written "-".
	 */
	RECORD_ADDRESS,
};

#define RECORD_FD_MAX ((1 << 20) - 1)

struct record_field {
	const char *name;
	enum record_type type;
	size_t offset, size; /* in the kind's struct */
	uint64_t min, max;
};

/* A field NAME that is MEMBER of STRUCT. */
#define RECORD_FIELD(name, type, structure, member, min, max)         \
	{                                                             \
		name, type, offsetof(structure, member),              \
		    sizeof(((structure *)NULL)->member), (min), (max) \
	}

struct record_kind {
	const char *name;
	const struct record_field *fields;
	size_t nfields;
	size_t size; /* of the struct */
	bool once;   /* there must be exactly one; others: any number */
	/*
	 * Gets each record that was read.  Words in it are good for as long as
	 * the text.  Returns false to refuse the line.  NULL: ignored.
	 */
	bool (*take)(void *arg, const void *record);
};

struct record_format {
	const char *name;
	unsigned int version; /* written; versions from 1 to it are read */
	const struct record_kind *kinds;
	size_t nkinds;
};

struct record_writer {
	FILE *out;
	size_t lines;
};

/*
 * Write a text: its first line, records, its last line.  record_end returns 0,
 * or -1 with errno when OUT failed.
 */
void record_begin(
    struct record_writer *w, const struct record_format *format, FILE *out);
void record_write(struct record_writer *w, const struct record_kind *kind,
    const void *record);
int record_end(struct record_writer *w);

/*
 * Read TEXT, which is changed, and give each record to its kind's TAKE with
 * ARG.  Returns 0, or -1 with what is wrong, and the number of its line, in
 * ERROR.
 */
int record_read(const struct record_format *format, void *arg, char *text,
    char *error, size_t size);

#endif
