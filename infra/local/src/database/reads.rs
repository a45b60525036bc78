//! The reads of the table, and everything else that changes no item.

use dynoxide::actions::batch_get_item::BatchGetItemRequest;
use dynoxide::actions::get_item::GetItemRequest;
use dynoxide::actions::query::QueryRequest;
use dynoxide::actions::scan::ScanRequest;
use dynoxide::actions::transact_get_items::TransactGetItemsRequest;

use super::changes::{Done, Failed, or_ask, take_all_units, take_units};
use super::parse;
use super::table::Table;

/// Which of two places a read is to look at: the table, or the index as it has come so far.
pub struct Places<'a> {
    /// The table.
    pub table: &'a Table,
    /// The index.
    pub index: &'a Table,
}

/// Carries out a read; nothing if the operation is none.
pub fn read(places: &Places<'_>, operation: &str, body: &[u8]) -> Option<Result<Done, Failed>> {
    match operation {
        "GetItem" => Some(get(places.table, body)),
        "BatchGetItem" => Some(batch_get(places.table, body)),
        "TransactGetItems" => Some(transact_get(places.table, body)),
        "Query" => Some(query(places, body)),
        "Scan" => Some(scan(places, body)),
        "DescribeTable" => Some(describe(places.table, body)),
        _ => None,
    }
}

impl Places<'_> {
    fn of(&self, index: Option<&String>) -> &Table {
        if index.is_some() { self.index } else { self.table }
    }
}

fn get(table: &Table, body: &[u8]) -> Result<Done, Failed> {
    let mut request: GetItemRequest = parse(body)?;
    let wants_units = or_ask(&mut request.return_consumed_capacity, "TOTAL");
    let mut answer = table.database.get_item(request)?;
    let units = take_units(wants_units, &mut answer.consumed_capacity);
    Done::new(&answer, units)
}

fn batch_get(table: &Table, body: &[u8]) -> Result<Done, Failed> {
    let mut request: BatchGetItemRequest = parse(body)?;
    let wants_units = or_ask(&mut request.return_consumed_capacity, "TOTAL");
    let mut answer = table.database.batch_get_item(request)?;
    let units = take_all_units(wants_units, &mut answer.consumed_capacity);
    Done::new(&answer, units)
}

fn transact_get(table: &Table, body: &[u8]) -> Result<Done, Failed> {
    let mut request: TransactGetItemsRequest = parse(body)?;
    let wants_units = or_ask(&mut request.return_consumed_capacity, "TOTAL");
    let mut answer = table.database.transact_get_items(request)?;
    let units = take_all_units(wants_units, &mut answer.consumed_capacity);
    Done::new(&answer, units)
}

fn query(places: &Places<'_>, body: &[u8]) -> Result<Done, Failed> {
    let mut request: QueryRequest = parse(body)?;
    let wants_units = or_ask(&mut request.return_consumed_capacity, "TOTAL");
    let mut answer = places.of(request.index_name.as_ref()).database.query(request)?;
    let units = take_units(wants_units, &mut answer.consumed_capacity);
    Done::new(&answer, units)
}

fn scan(places: &Places<'_>, body: &[u8]) -> Result<Done, Failed> {
    let mut request: ScanRequest = parse(body)?;
    let wants_units = or_ask(&mut request.return_consumed_capacity, "TOTAL");
    let mut answer = places.of(request.index_name.as_ref()).database.scan(request)?;
    let units = take_units(wants_units, &mut answer.consumed_capacity);
    Done::new(&answer, units)
}

fn describe(table: &Table, body: &[u8]) -> Result<Done, Failed> {
    Done::new(&table.database.describe_table(parse(body)?)?, 0.0)
}
