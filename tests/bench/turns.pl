#!/usr/bin/perl
# turns.pl -- measure several ways to do the same work, in turns, so that a change
# of the machine's load affects all of them.
#
#	perl turns.pl ROUNDS WORK UNIT FILE
#
# FILE has a line for each contender: NAME TARGET COMMAND.  The first is ours; it
# is compared with each of the others.  With UNIT "ms" the command's wall time is
# the number, otherwise the command prints it.  More is better for a UNIT that
# ends in "/s", less for others.  TARGET 1.5: ours is to be at least 1.5 times as
# good as the other; "<1.3": our number is to be at most 1.3 times the other's;
# "-": no comparison; 0 or "<0": a ratio without a target.
#
# The ratio is the median of the rounds' ratios.  The result of a row is "met", or
# "missed" for any ratio beyond the target.  A target that is missed by more than
# TOLERANCE makes the exit status 1; a command that fails, 2.  BENCH_TABLE is a
# file to which the rows of the table are added; with BENCH_SHORT not empty no
# result is judged.
use strict;
use warnings;
use Time::HiRes 'time';

use constant TOLERANCE => 0.05;

my ($rounds, $work, $unit, $file) = @ARGV;
my $short = $ENV{BENCH_SHORT} // '';
my $errors = "$file.errors";

open(my $f, '<', $file) or die "$file: $!\n";
my @contenders = map { chomp; [split / /, $_, 3] } <$f>;

sub run
{
	my ($name, $command) = @_;
	my $start = time;
	my $out = `exec </dev/null 2>$errors; $command`;
	my $took = 1000 * (time - $start);

	# A number of 0 is a failure, too: nothing was measured.
	if ($? != 0 || ($unit ne 'ms' && ($out !~ /^[\d.]+$/ || $out == 0))) {
		open(my $e, '<', $errors);
		warn "$work: $name failed: status $?\n$out", <$e>;
		exit 2;
	}
	return $unit eq 'ms' ? $took : $out + 0;
}

# The quantile Q, interpolated between the two nearest values.
sub quantile
{
	my ($q, @sorted) = (shift, sort { $a <=> $b } @_);
	my $at = $q * $#sorted;
	my $low = int($at);

	return $sorted[$low] if $low == $#sorted;
	return $sorted[$low] + ($at - $low) * ($sorted[$low + 1] - $sorted[$low]);
}

my %values;
for my $round ($short ? 1 : 0 .. $rounds) { # the first only warms up
	# Rotate: no contender always follows the same one.
	for (0 .. $#contenders) {
		my ($name, undef, $command) =
		    @{$contenders[($_ + $round) % @contenders]};
		my $value = run($name, $command);

		push @{$values{$name}}, $value if $round > 0;
	}
}

my $missed = 0;
my $table;
if (($ENV{BENCH_TABLE} // '') ne '') {
	open($table, '>>', $ENV{BENCH_TABLE}) or die "$ENV{BENCH_TABLE}: $!\n";
}
my $ours = $contenders[0][0];
for (@contenders) {
	my ($name, $target) = @$_;
	my @values = @{$values{$name}};
	my $number = sprintf('%.4g', quantile(0.5, @values));
	my ($ratio, $wanted, $tolerance, $result) = ('', '', '', '');

	$number = sprintf('%.0f', quantile(0.5, @values)) if $number >= 1000;
	if ($target ne '-') {
		my $most = $target =~ s/^<// ? 1 : 0;
		my $up = $most || $unit =~ m|/s$|;
		my @ratios = map { my ($x, $y) = ($values{$ours}[$_], $values[$_]);
		    $up ? $x / $y : $y / $x } 0 .. $#values;
		my $median = quantile(0.5, @ratios);

		$ratio = sprintf('%.2f (%.2f to %.2f)', $median,
		    quantile($#ratios < 8 ? 0 : 0.25, @ratios),
		    quantile($#ratios < 8 ? 1 : 0.75, @ratios));
		if ($target != 0) {
			my $beyond = $most ? $median / $target - 1
			    : 1 - $median / $target;

			$wanted = ($most ? '≤ ' : '≥ ') . $target;
			$tolerance = sprintf('%.0f %%', 100 * TOLERANCE);
			$result = $short ? 'not judged'
			    : $beyond > TOLERANCE ? '**missed**'
			    : $beyond > 0 ? 'missed, within tolerance' : 'met';
			$missed = 1 if $beyond > TOLERANCE && !$short;
		}
	}
	my $row = "| $work | $name | $number $unit | $ratio | $wanted | $tolerance"
	    . " | $result |";
	print {$table} "$row\n" if defined $table;
	print "$row\n";
}
exit $missed;
