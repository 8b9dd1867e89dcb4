/*
 * translate.h -- from inetd.conf to haild.conf.
 *
 * Pure: text in, text out.  Each line of inetd.conf becomes the same line of a
 * haild.conf, so that an error is reported for the line that has it.
 */

#ifndef TRANSLATE_H
#define TRANSLATE_H

/* Takes an error of a line, whose number counts from 1. */
typedef void translate_sink(void *arg, int line, const char *error);

/*
 * TEXT, an inetd.conf, in the syntax of haild.conf(5), on the heap; TEXT is
 * changed.  A line with an error is left out, and its error goes to SINK.
 */
char *translate_inetd(char *text, translate_sink *sink, void *arg);

#endif
