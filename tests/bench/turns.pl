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
# A command may also print several numbers, each in a line LABEL NUMBER UNIT; each
# label is then compared by itself.
#
# The ratio is the median of the rounds' ratios.  The result of a row is "met", or
# "missed" for any ratio beyond the target.  A target that is missed by more than
# TOLERANCE makes the exit status 1; a command that fails, 2.  With BENCH_SHORT not
# empty no result is judged.
#
# Each row is printed as one of a Markdown table.  If BENCH_DATA is not empty, a
# line for it is added to that file, under the name in BENCH_ROWS; results.tsv has
# such lines and says what the columns are.
use strict;
use warnings;
use Time::HiRes 'time';

use constant TOLERANCE => 0.05;

my ($rounds, $work, $unit, $file) = @ARGV;
my $short = $ENV{BENCH_SHORT} // '';
my $errors = "$file.errors";

open(my $f, '<', $file) or die "$file: $!\n";
my @contenders = map { chomp; [split / /, $_, 3] } <$f>;

# Returns the numbers of one turn, each as [LABEL, UNIT, NUMBER].
sub run
{
	my ($name, $command) = @_;
	my $start = time;
	my $out = `exec </dev/null 2>$errors; $command`;
	my $took = 1000 * (time - $start);
	my @numbers;

	if ($? == 0) {
		@numbers = $unit eq 'ms' ? ['', $unit, $took]
		    : $out =~ /^[\d.]+$/ ? ['', $unit, $out + 0]
		    : map { /^(\S+) ([\d.]+) (\S+)$/ ? [$1, $3, $2 + 0] : () }
		    split /\n/, $out;
	}
	# With little work, CPU time that the kernel rounds to 10 ms may be 0.
	$_->[2] ||= 0.001 for $short ? @numbers : ();
	# A number of 0 is a failure, too: nothing was measured.
	if (!@numbers || grep { $_->[2] == 0 } @numbers) {
		open(my $e, '<', $errors);
		warn "$work: $name failed: status $?\n$out", <$e>;
		exit 2;
	}
	return @numbers;
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

# The median and the ends of the spread: the quartiles, or with few values the
# smallest and the largest.
sub spread
{
	my $q = @_ > 8 ? 0.25 : 0;

	return map { quantile($_, @_) } 0.5, $q, 1 - $q;
}

my (%values, %unit_of, @labels);
printf STDERR "# %s: %s; %s rounds\n", $work, join(', ', map { $_->[0] } @contenders),
    $short ? 1 : $rounds;
for my $round ($short ? 1 : 0 .. $rounds) { # the first only warms up
	print STDERR "# round $round\r" if -t STDERR;
	# Rotate: no contender always follows the same one.
	for (0 .. $#contenders) {
		my ($name, undef, $command) =
		    @{$contenders[($_ + $round) % @contenders]};

		for (run($name, $command)) {
			my ($label, $its_unit, $number) = @$_;

			push @labels, $label if !defined $unit_of{$label};
			$unit_of{$label} = $its_unit;
			push @{$values{$label}{$name}}, $number if $round > 0;
		}
	}
}

my $missed = 0;
my $data;
if (($ENV{BENCH_DATA} // '') ne '') {
	open($data, '>>', $ENV{BENCH_DATA}) or die "$ENV{BENCH_DATA}: $!\n";
}
(my $row_name = $ENV{BENCH_ROWS} // '') =~ s/^\s+|\s+$//g;

# report LABEL NAME TARGET: the row of contender NAME.
sub report
{
	my ($label, $name, $target) = @_;
	my $ours = $values{$label}{$contenders[0][0]};
	my @values = @{$values{$label}{$name}};
	my $its_unit = $unit_of{$label};
	my @spread = spread(@values);
	my ($wanted, $tolerance, $result) = ('', '', '');
	my @ratio = ('', '', '');

	if ($target ne '-') {
		my $most = $target =~ s/^<// ? 1 : 0;
		my $up = $most || $its_unit =~ m|/s$|;

		@ratio = spread(map { my ($x, $y) = ($ours->[$_], $values[$_]);
		    $up ? $x / $y : $y / $x } 0 .. $#values);
		if ($target != 0) {
			my $beyond = $most ? $ratio[0] / $target - 1
			    : 1 - $ratio[0] / $target;

			$wanted = ($most ? '≤ ' : '≥ ') . $target;
			$tolerance = sprintf('%.0f %%', 100 * TOLERANCE);
			$result = $short ? 'not judged'
			    : $beyond > TOLERANCE ? 'missed'
			    : $beyond > 0 ? 'missed, within tolerance' : 'met';
			$missed = 1 if $beyond > TOLERANCE && !$short;
		}
	}
	print {$data} join("\t", $row_name, 'value', $work, $label, $name,
	    $its_unit, (map { sprintf '%.6g', $_ } @spread), scalar @values,
	    (map { $_ eq '' ? '' : sprintf '%.4f', $_ } @ratio), '', $wanted,
	    $tolerance, $result), "\n" if defined $data;
	printf "| %s | %s | %s %s | %s | %s | %s | %s |\n",
	    $label eq '' ? $work : "$work, $label", $name,
	    sprintf($spread[0] >= 1000 ? '%.0f' : '%.4g', $spread[0]), $its_unit,
	    $ratio[0] eq '' ? '' : sprintf('%.2f (%.2f to %.2f)', @ratio),
	    $wanted, $tolerance, $result eq 'missed' ? '**missed**' : $result;
}

for my $label (@labels) {
	report($label, @$_[0, 1]) for @contenders;
}
exit $missed;
