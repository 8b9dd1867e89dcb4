/*
 * translate.h -- inetd.conf, as haild.conf would say it.
 *
 * Pure: text in, text out.  Each line of inetd.conf becomes the same line of a
 * haild.conf, so that whatever is wrong with it is reported where it stands.
 */

#ifndef TRANSLATE_H
#define TRANSLATE_H

/* Takes what is wrong with a line, whose number counts from 1. */
typedef void translate_sink(void *arg, int line, const char *error);

/*
 * TEXT, an inetd.conf, which is changed, in the syntax of haild.conf(5); on the
 * heap.  Lines that are wrong go to SINK and are left out.  Ends the process
 * when there is no memory.
 */
char *translate_inetd(char *text, translate_sink *sink, void *arg);

#endif
