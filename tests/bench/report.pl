#!/usr/bin/perl
# report.pl -- print RESULTS.md, made from results.tsv.
#
#	perl report.pl results.tsv
#
# "./dev bench show" does this.
use strict;
use warnings;
use FindBin '$Bin';
use lib $Bin;
use results;

my @rows = results::read_results($ARGV[0] // die "usage: report.pl results.tsv\n");
# The plot that has results of a row.
my %plots = (exec => 'rate', latency => 'latency', cost => 'cost', tls => 'tls',
    contain => 'contain');

sub cells
{
	return '| ' . join(' | ', @_) . " |\n";
}

sub work
{
	my ($v) = @_;

	return $v->{label} eq '' ? $v->{work} : "$v->{work}, $v->{label}";
}

sub comparison
{
	my ($v) = @_;

	return $v->{text} if $v->{ratio} eq '';
	return sprintf '%.2f (%.2f to %.2f)', @$v{qw(ratio ratio_low ratio_high)};
}

sub result
{
	my ($v) = @_;

	return $v->{result} eq 'missed' ? '**missed**' : $v->{result};
}

# by_value KEY ROW...: the distinct values of KEY in these rows, in order, each with
# the names of its rows.
sub by_value
{
	my ($key, @of) = @_;
	my (@values, %names);

	for (@of) {
		push @values, $_->{$key} if !defined $names{$_->{$key}};
		push @{$names{$_->{$key}}}, $_->{name};
	}
	return map { [$_, join ' ', @{$names{$_}}] } @values;
}

# Print a value that is the same for all rows once.
sub same_or_each
{
	my ($title, $key) = @_;
	my @all = by_value($key, @rows);

	return "- $title: $all[0][0].\n" if @all == 1;
	return join '', map { "- $title, $_->[1]: $_->[0].\n" } @all;
}

# --- the overview ---

my @judged = map { my $row = $_; map { [$row, $_] }
    grep { $_->{target} ne '' } @{$row->{values}} } @rows;
my %count = (met => 0, missed => 0, 'missed, within tolerance' => 0,
    'not judged' => 0);
$count{$_->[1]{result}}++ for @judged;

print <<'END';
# Results of the benchmarks

`./dev bench` makes this page and the plots from `results.tsv`. Do not edit it: measure a row
again with `./dev bench ROUNDS ROW`, or make the page again with `./dev bench show`.

Each row compares the first program of its group, ours, with another. All of a
group took turns in each round. A ratio is the median of the rounds' ratios, with
the range from the smallest to the largest (more than eight rounds: quartiles).
`bare` is the smallest possible server that does the work, tests/bench/bare.c.

A target that is missed by no more than the tolerance is still missed, but does not
fail `./dev bench`.

## Overview

END
printf "%d targets: %d met, %d missed, %d missed within the tolerance%s.\n\n",
    scalar @judged, @count{'met', 'missed', 'missed, within tolerance'},
    $count{'not judged'} == 0 ? '' : ", $count{'not judged'} not judged";
print cells('work', 'against', 'ratio (spread) or figure', 'target', 'tolerance',
    'result'), "|---|---|---|---|---|---|\n";
for (map { $_->[1] } @judged) {
	# A figure that has a target of its own is not compared.
	my @what = $_->{ratio} eq ''
	    ? (work($_) . ", $_->{program}", '',
	    results::number($_->{median}) . " $_->{unit}"
	    . ($_->{text} =~ /^-?$/ ? '' : ", $_->{text}"))
	    : (work($_), $_->{program}, comparison($_));

	print cells(@what, @$_{'target', 'tolerance'}, result($_));
}
print "\n", same_or_each('Machine', 'machine'), same_or_each('With', 'with');

# --- the sections ---

# Print the numbers of commands that print several: a line for each program, a column
# for each label.
sub labelled
{
	my (@values) = @_;
	my (@labels, @programs, %of);

	for (@values) {
		my $label = "$_->{label}, $_->{unit}";

		push @labels, $label if !grep { $_ eq $label } @labels;
		push @programs, $_->{program} if !defined $of{$_->{program}};
		$of{$_->{program}}{$label} = $_;
	}
	print cells($values[0]{work}, @labels), '|', '---|' x (1 + @labels), "\n";
	for my $program (@programs) {
		print cells($program, map {
			my $v = $of{$program}{$_};

			!defined $v ? '' : results::number($v->{median})
			    . ($v->{low} eq '' ? '' : ' (' . join(' to ', map {
			    results::number($_) } @$v{'low', 'high'}) . ')');
		} @labels);
	}
	print "\n";
}

# works ROW...: a list of values for each work, in order.
sub works
{
	my (@all, %of);

	for my $v (map { @{$_->{values}} } @_) {
		push @all, $of{$v->{work}} = [] if !defined $of{$v->{work}};
		push @{$of{$v->{work}}}, $v;
	}
	return @all;
}

my $section = '';
for my $first (@rows) {
	next if $first->{section} eq $section;
	$section = $first->{section};
	my @of = grep { $_->{section} eq $section } @rows;

	print "\n## $section\n\n";
	$_->{run} = "$_->{date}, commit $_->{commit}, $_->{rounds} rounds, load before $_->{load}"
	    for @of;
	print "- Measured $_->[0]: $_->[1].\n" for by_value('run', @of);
	print "\n";
	print "![$section: $_](plot-$_.svg)\n\n"
	    for grep { defined } map { $plots{$_->{name}} } @of;
	my @works = works(@of);
	my @plain = map { @$_ } grep { $_->[0]{label} eq '' } @works;
	if (@plain) {
		print cells('work', 'program', 'median', 'ratio (spread)', 'target',
		    'tolerance', 'result'), "|---|---|---|---|---|---|---|\n";
		print cells($_->{work}, $_->{program},
		    results::number($_->{median}) . " $_->{unit}",
		    comparison($_), @$_{'target', 'tolerance'}, result($_))
		    for @plain;
		print "\n";
	}
	labelled(@$_) for grep { $_->[0]{label} ne '' } @works;
}
