"""What an import refuses, with its place, and that nothing is written then."""

import pytest

from customers.imports.problems import ImportRefused
from customers.imports.shop_csv import import_shop
from customers.models import Customer, CustomerAttributeValue, Order, Product, Website
from customers.tests.imports.importing import CUSTOMERS, LINES, NOT_UTF_8, ORDER, ORDERS
from tests.cases import sample

pytestmark = pytest.mark.once

GOOD = "o1,c1,complete,2026-01-02,10\n"


@pytest.mark.parametrize(
    ("file", "content", "message"),
    sample(
        [
            (
                "orders",
                ORDER + 'o1,c1,new,2026-01-02,"12,5"\n',
                '2: grand_total: "12,5" is not a number',
            ),
            ("orders", ORDER + "o1,c1,new,2026-01-02, 1\n", '2: grand_total: " 1" is not a number'),
            (
                "orders",
                ORDER + "o1,c1,new,2026-01-02,1e3\n",
                '2: grand_total: "1e3" is not a number',
            ),
            ("orders", ORDER + "o1,c1,new,2026-01-02,٣\n", '2: grand_total: "٣" is not a number'),
            ("orders", ORDER + "o1,c1,new,2026-01-02,1.\n", '2: grand_total: "1." is not a number'),
            (
                "orders",
                ORDER + "o1,c1,new,2026-01-02,0.00001\n",
                '2: grand_total: "0.00001" has more than 4 decimals',
            ),
            (
                "orders",
                ORDER + "o1,c1,new,2026-01-02,1000000000.0001\n",
                '2: grand_total: "1000000000.0001" is not within ±1,000,000,000',
            ),
            ("orders", ORDER + "o1,c1,new,2026-01-02,\n", "2: grand_total: is missing"),
            (
                "orders",
                ORDER + "o1,c1,shipped,2026-01-02,1\n",
                '2: state: "shipped" is not one of the choices',
            ),
            (
                "orders",
                ORDER + "o1,c1,new,02.01.2026,1\n",
                '2: created_at: "02.01.2026" is not an ISO 8601 time',
            ),
            (
                "orders",
                ORDER + "o1,c1,new,2026-02-30,1\n",
                '2: created_at: "2026-02-30" is not an ISO 8601 time',
            ),
            ("orders", ORDER + "o1,c9,new,2026-01-02,1\n", '2: customer: "c9" is not known'),
            ("orders", ORDER + GOOD + "\n\n" + GOOD, '5: number: "o1" stands twice'),
            ("orders", ORDER + "o1,c1,new\n", "2: has fewer cells than the header"),
            ("orders", ORDER + "o1,c1,new,2026-01-02,1,2\n", "2: has more cells than the header"),
            (
                "orders",
                "number,state,created_at,grand_total,base_to_order_rate\no1,new,2026-01-02,1,0\n",
                '2: base_to_order_rate: "0" is not more than 0',
            ),
            (
                "orders",
                "number,state,created_at,grand_total,base_to_order_rate\n"
                "o1,new,2026-01-02,1,0.00000000001\n",
                '2: base_to_order_rate: "0.00000000001" has more than 10 decimals',
            ),
            (
                "orders",
                "number,state,created_at,grand_total,base_to_order_rate\n"
                "o1,new,2026-01-02,1,900000000.0001\n",
                '2: base_to_order_rate: "900000000.0001" is more than 900,000,000',
            ),
            (
                "orders",
                "number,state,created_at,grand_total,base_to_order_rate\n"
                "o1,new,2026-01-02,1000000,0.00099999\n",
                "2: grand_total: is not within ±1,000,000,000 in the base currency",
            ),
            (
                "orders",
                "number,state,created_at,grand_total,base_to_order_rate\n"
                "o1,new,2026-01-02,1000000,0.0001\n",
                "2: grand_total: is not within ±1,000,000,000 in the base currency",
            ),
            ("customers", f"id\n{'x' * 65}\n", f'2: id: "{"x" * 65}" is too long'),
            ("customers", "id,kind\nc1,robot\n", '2: kind: "robot" is not one of the choices'),
            ("customers", "id,website\nc1,moon\n", '2: website: "moon" is not known'),
            ("customers", "id,group\nc1,Vip\n", '2: group: "Vip" is not known'),
            (
                "customers",
                "id,is_active\nc1,maybe\n",
                '2: is_active: "maybe" is neither true nor false',
            ),
            (
                "customers",
                "id,date_of_birth\nc1,1999-2-3\n",
                '2: date_of_birth: "1999-2-3" is not a date (YYYY-MM-DD)',
            ),
            (
                "customers",
                "id,registered_at\nc1,0001-01-01T00:00:00+05:00\n",
                '2: registered_at: "0001-01-01T00:00:00+05:00" is not an ISO 8601 time',
            ),
            ("customers", "id,colour\nc1,red\n", "1: colour: unknown column"),
            ("customers", "id,attributes.none\nc1,red\n", "1: attributes.none: unknown column"),
            ("customers", "id,,email\nc1,,a\n", "1: column 2 has no name in the header"),
            ("customers", "id,email,email\nc1,a,b\n", "1: email: this column stands twice"),
            ("customers", "email\na@x.org\n", "1: id: this column is missing"),
            ("customers", b"id,email\nc1,a\nc2,\xff\n", f"3: email: {NOT_UTF_8}"),
            ("customers", b"id,email\nc1,a\0b\n", "2: email: has a NUL character"),
            ("customers", b"id,\xff\nc1,a\n", f"1: {NOT_UTF_8}"),
            (
                "customers",
                'id,email\nc1,"a\nb"\nc2,"a"b\n',
                "4: is not CSV: ',' expected after '\"'",
            ),
            (
                "customers",
                'id,email\nc1,x\nc2,"a\nb\n',
                "3: a quote that begins here is never closed",
            ),
            ("customers", "", "has no header row"),
            (
                "websites",
                "code,name,timezone\nx,X,Mars/Base\n",
                '2: timezone: "Mars/Base" is not an IANA time zone',
            ),
            ("stores", "code,name,website\nx,X,moon\n", '2: website: "moon" is not known'),
            ("categories", "code,name,parent\na,A,b\nb,B,a\n", '2: parent: "b" is below itself'),
            ("categories", "code,name,parent\na,A,a\n", '2: parent: "a" is below itself'),
            ("categories", "code,name,parent\na,A,z\nb,B,a\n", '2: parent: "z" is not known'),
            (
                "products",
                "sku,name,categories\nA,Shoe,shoes\n",
                '2: categories: "shoes" is not known',
            ),
            (
                "customer_attributes",
                "code,label,type\na b,X,text\n",
                '2: code: "a b" may have letters, digits, "_" and "-" only',
            ),
            (
                "customer_attributes",
                "code,label,type\na,X,date time\n",
                '2: type: "date time" is not one of the choices',
            ),
            ("order_items", "order,line,sku,quantity\no9,1,A,1\n", '2: order: "o9" is not known'),
            (
                "refunds",
                "number,order,created_at,amount\nr1,o9,2026-01-02,1\n",
                '2: order: "o9" is not known',
            ),
            (
                "refunds",
                "number,created_at,amount\nr1,2026-01-02,1\n",
                "2: order: neither an order nor a customer is named",
            ),
            (
                "newsletter_subscriptions",
                "customer,status,status_changed_at\nc1,gone,2026-01-02\n",
                '2: status: "gone" is not one of the choices',
            ),
            ("logins", "customer,logged_in_at\nc9,2026-01-02\n", '2: customer: "c9" is not known'),
            (
                "carts",
                "id,created_at,updated_at,items_count\nk,2026-01-02,2026-01-02,1.5\n",
                '2: items_count: "1.5" is not a whole number',
            ),
        ]
    ),
)
@pytest.mark.once
def test_a_bad_row_is_told_with_its_place(importer, file, content, message):
    importer(customers=CUSTOMERS)
    problems = importer.problems(**{file: content})
    place = f"{file}.csv" + ("" if message == "has no header row" else ":")
    separator = ": " if message == "has no header row" else ""
    assert problems[0] == f"{place}{separator}{message}"


def test_nothing_is_written_where_one_row_is_bad(importer):
    with pytest.raises(ImportRefused):
        importer(
            websites="code,name\nnew,New\n",
            customers=CUSTOMERS,
            orders=ORDERS + "o2,c1,lost,2026-01-02,1\n",
            order_items=LINES,
        )
    assert not Customer.objects.exists()
    assert not Order.objects.exists()
    assert not Product.objects.exists()
    assert list(Website.objects.values_list("code", flat=True)) == ["default"]


def test_every_bad_cell_of_every_file_is_told(importer):
    problems = importer.problems(
        customers="id,kind,is_active\nc1,a,b\n",
        orders=ORDER + "o1,c2,lost,2026-01-02,1\no2,c2,new,2026-01-02,1\n",
    )
    assert problems == [
        'customers.csv:2: is_active: "b" is neither true nor false',
        'customers.csv:2: kind: "a" is not one of the choices',
        'orders.csv:2: state: "lost" is not one of the choices',
        'orders.csv:3: customer: "c2" is not known',
    ]


def test_what_follows_from_a_bad_row_is_not_told_again(importer):
    problems = importer.problems(
        websites="code,name,timezone\nm,Moon,Moon/Sea\n",
        stores="code,name,website\ns,S,m\n",
        customers="id,store,is_active\nc1,,perhaps\nc2,s,\n",
        orders=ORDER + "o1,c1,new,2026-01-02,1\n",
        order_items="order,line,sku,quantity\no1,1,A,1\n",
    )
    assert problems == [
        'websites.csv:2: timezone: "Moon/Sea" is not an IANA time zone',
        'customers.csv:2: is_active: "perhaps" is neither true nor false',
    ]


def test_a_file_that_cannot_be_read_at_all_is_the_only_thing_told(importer):
    problems = importer.problems(customers="id,colour\nc1,red\n", orders=ORDERS, order_items=LINES)
    assert problems == ["customers.csv:1: colour: unknown column"]


def test_a_hundred_problems_are_told_and_the_others_counted(importer):
    with pytest.raises(ImportRefused) as refusal:
        importer(customers="id,is_active\n" + "".join(f"c{n},x\n" for n in range(250)))
    assert len(refusal.value.problems) == 100
    assert refusal.value.total == 250
    assert str(refusal.value).splitlines()[-1] == "... and 150 problems more"


@pytest.mark.once
def test_an_endless_line_is_refused_without_being_read(importer):
    problems = importer.problems(customers=b"id,email\nc1,ok\nc2," + b"x" * 5_000_000)
    assert problems == ["customers.csv:3: is longer than 1,000,000 bytes; is a quote never closed?"]


@pytest.mark.once
def test_a_quote_that_swallows_many_lines_is_refused(importer):
    problems = importer.problems(customers=b'id,email\nc1,"' + b"x\n" * 800_000)
    assert problems == ["customers.csv:2: is longer than 1,000,000 bytes; is a quote never closed?"]


def test_of_a_list_only_the_element_at_fault_is_told(importer):
    problems = importer.problems(
        categories="code,name\na,A\n", products="sku,name,categories\nS,Shoe,a|zz\n"
    )
    assert problems == ['products.csv:2: categories: "zz" is not known']


@pytest.mark.parametrize("content", [b"id\rc1\rc2\r", b"id\nc1\rc2\n"])
@pytest.mark.once
def test_lines_that_end_with_a_carriage_return_alone_are_told(importer, content):
    (problem,) = importer.problems(customers=content)
    assert problem.endswith("has a line that ends with CR alone; LF or CR LF end a line")


def test_a_file_that_is_none_is_told(importer):
    directory = importer.directory()
    (directory / "customers.csv").mkdir()
    (directory / "orders.csv").symlink_to(directory / "nowhere")
    with pytest.raises(ImportRefused) as refusal:
        import_shop(directory)
    files = [(problem.file, problem.code) for problem in refusal.value.problems]
    assert files == [("customers.csv", "unreadable"), ("orders.csv", "unreadable")]


def test_refused_rows_do_not_replace_a_file_of_the_shop(importer):
    directory = importer.directory(customers=CUSTOMERS)
    with pytest.raises(FileExistsError, match=r"customers\.csv"):
        import_shop(directory, skip_bad_rows=directory / ".." / directory.name / "customers.csv")
    assert (directory / "customers.csv").read_text() == CUSTOMERS
    assert not Customer.objects.exists()


def test_a_refund_of_another_customers_order_is_refused(importer):
    problems = importer.problems(
        customers=CUSTOMERS,
        orders=ORDERS,
        refunds="number,order,customer,created_at,amount\nr1,o1,c2,2026-01-03,5\n",
    )
    assert problems == ['refunds.csv:2: customer: "c2" is not the customer of the order']


def test_a_choice_attribute_takes_its_options_only(importer):
    problems = importer.problems(
        customer_attributes="code,label,type,options\nlevel,Level,choice,gold|silver\n",
        customers="id,attributes.level\nc1,Gold\n",
    )
    assert problems == ['customers.csv:2: attributes.level: "Gold" is not one of the choices']


def test_an_attribute_with_values_keeps_its_type(importer):
    definition = "code,label,type\nsize,Size,{}\n"
    importer(
        customer_attributes=definition.format("number"), customers="id,attributes.size\nc1,4\n"
    )
    problems = importer.problems(customer_attributes=definition.format("text"))
    assert problems == [
        'customer_attributes.csv:2: type: values of another type than "text" are stored'
    ]
    assert CustomerAttributeValue.objects.get().number == 4


def test_a_directory_that_is_not_there_is_an_error(importer):
    with pytest.raises(NotADirectoryError):
        import_shop(importer.folder / "nowhere")
