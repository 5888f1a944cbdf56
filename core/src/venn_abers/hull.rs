//! The step functions of Venn-Abers, from counts per group. It knows no score: only how many rows and labels stand where.

/// Numbers of rows and of positive rows. A sum of labels, a vertex of the cumulative-sum diagram, and the exact slope
/// between two of these: counts are integers, so that no turn of the hull is decided by rounding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Count {
    pub(super) rows: i64,
    pub(super) positive: i64,
}

impl Count {
    pub(super) fn plus(self, other: Self) -> Self {
        Self { rows: self.rows + other.rows, positive: self.positive + other.positive }
    }

    fn minus(self, other: Self) -> Self {
        Self { rows: self.rows - other.rows, positive: self.positive - other.positive }
    }

    /// The same rows with the classes exchanged.
    pub(super) fn swapped(self) -> Self {
        Self { rows: self.rows, positive: self.rows - self.positive }
    }

    /// The share of positive rows, correctly rounded; rounding is monotone, so `low <= high` survives it.
    pub(super) fn share(self) -> f64 {
        self.positive as f64 / self.rows as f64
    }
}

/// The p1 table of `[m]` groups, `[m + 1]` slopes, in O(m): the slope at the extra positive point when it stands at
/// each group in turn, and 1 when it stands beyond all of them.
///
/// Isotonic regression is the slope of the greatest convex minorant of the cumulative counts. The extra point starts
/// out left of all groups and slides to the right past one group at a time; the hull right of it is kept on a stack.
pub(super) fn slopes(groups: impl Iterator<Item = Count>) -> Vec<Count> {
    const EXTRA: Count = Count { rows: 1, positive: 1 };
    let zero = Count { rows: 0, positive: 0 };
    let mut vertices = vec![zero.minus(EXTRA), zero];
    let mut total = zero;
    for count in groups {
        total = total.plus(count);
        vertices.push(total);
    }

    let mut hull: Vec<Count> = Vec::with_capacity(vertices.len());
    for &vertex in vertices.iter().rev() {
        push_convex(&mut hull, vertex);
    }

    let mut slopes = Vec::with_capacity(vertices.len() - 1);
    for &vertex in &vertices[2..] {
        let [.., next, top] = hull[..] else { unreachable!("the hull holds the last vertex and one left of it") };
        slopes.push(next.minus(top));
        // The group right of the extra point changes places with it: only the vertex between the two moves.
        let slid = vertex.minus(EXTRA);
        if turn(top, next, slid) < 0 {
            hull.pop();
            push_convex(&mut hull, slid);
        }
    }
    slopes.push(EXTRA);
    slopes
}

/// Pushes a vertex left of all others, after popping those that the hull then passes below.
fn push_convex(hull: &mut Vec<Count>, vertex: Count) {
    while let [.., next, top] = hull[..]
        && turn(vertex, top, next) <= 0
    {
        hull.pop();
    }
    hull.push(vertex);
}

/// Positive if the path a, b, c turns left, negative if right, 0 if straight.
fn turn(a: Count, b: Count, c: Count) -> i128 {
    let (first, second) = (b.minus(a), c.minus(b));
    i128::from(first.rows) * i128::from(second.positive) - i128::from(first.positive) * i128::from(second.rows)
}
